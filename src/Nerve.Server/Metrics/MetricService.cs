using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;

namespace Nerve.Server.Metrics;

/// <param name="Name">The series.</param>
/// <param name="Points">Pairs of Unix milliseconds and value, one per step, oldest first; the value is the mean of the step's samples
/// (or what <c>value</c> asked for), null where there were samples without a value. Steps without any sample are left out.</param>
public sealed record Series(string Name, IReadOnlyList<double?[]> Points);

public sealed record SeriesRange(DateTimeOffset From, DateTimeOffset To, double StepSeconds, IReadOnlyList<Series> Series);

/// <summary>Reads what a chart shows: samples, or roll-ups where the steps are long or the samples gone.</summary>
/// <remarks>An hour that is not rolled up yet, or not with all of its samples, is drawn from the samples; so a chart is never behind.</remarks>
public sealed class MetricService(
    IMetricStore store, IRollUpStore rollUps, SchemaCatalogue schemas, RetentionSettings keep, TimeProvider time)
{
    private const int SamplesAtOnce = 5000;
    private const int FirstRollUps = 20;
    private const int RollUpsAtOnce = 200;
    private const int RollUpBytesAtOnce = 32 << 20;
    private const int MostStaleHours = 10_000;

    public async Task<SeriesRange> QueryAsync(Guid agentId, MetricQuery query, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var steps = new SeriesSteps(query.Step);
        foreach (var part in ChartPlan.Of(query.From, query.To, query.Step, keep, now))
        {
            if (part.Level is { } level)
            {
                await AddRollUpsAsync(level, part, Hours.From(now - keep.Samples));
            }
            else
            {
                await AddSamplesAsync(part.From, part.To);
            }
        }

        return new SeriesRange(query.From, query.To, query.Step.TotalSeconds, steps.Points(query.Value));

        async Task AddRollUpsAsync(RollUpLevel level, ChartPart part, DateTimeOffset samplesFrom)
        {
            // First what is stale: what is rolled up in between is then read twice as fine, never not at all.
            var stale = part.To <= samplesFrom ? [] : (await rollUps.StaleOfAsync(
                agentId, Later(Hours.Of(part.From), samplesFrom), part.To, MostStaleHours, cancellationToken)).ToHashSet();
            var limit = FirstRollUps; // until one of them has shown how large they are
            for (var from = Hours.Of(part.From); ;)
            {
                var read = await rollUps.ReadAsync(agentId, level, from, part.To, limit, cancellationToken);
                foreach (var rollUp in read.Where(rollUp => !stale.Contains(rollUp.Hour)))
                {
                    await AddRollUpAsync(rollUp, part);
                }

                if (read.Count < limit)
                {
                    break;
                }

                from = read[^1].Hour + Hours.One;
                limit = Math.Clamp(RollUpBytesAtOnce / Math.Max(1, read[^1].Values.Length), 1, RollUpsAtOnce);
            }

            foreach (var hour in stale)
            {
                await AddSamplesAsync(Later(hour, part.From), Earlier(hour + Hours.One, part.To));
            }
        }

        async Task AddRollUpAsync(RollUp rollUp, ChartPart part)
        {
            if (await schemas.FindAsync(rollUp.Schema, cancellationToken) is not { } schema)
            {
                return;
            }

            var wanted = Wanted(schema);
            for (var window = 0; window < rollUp.Level.WindowsAnHour(); window++)
            {
                var begin = rollUp.Begin(window);
                if (begin + rollUp.Level.Window() > part.From && begin < part.To && HasSamples(rollUp, window, schema))
                {
                    wanted.ForEach(i => steps.Add(schema.Series[i], begin, rollUp.Of(window, i, schema.Series.Count)));
                }
            }
        }

        async Task AddSamplesAsync(DateTimeOffset from, DateTimeOffset to)
        {
            var wanted = new Dictionary<string, (MetricSchema Schema, List<int> Series)?>(StringComparer.Ordinal);
            await foreach (var sample in store.ReadAllAsync(agentId, from, to, SamplesAtOnce, cancellationToken))
            {
                if (!wanted.TryGetValue(sample.Schema, out var known))
                {
                    var schema = await schemas.FindAsync(sample.Schema, cancellationToken);
                    wanted[sample.Schema] = known = schema is null ? null : (schema, Wanted(schema));
                }

                known?.Series.ForEach(i => steps.Add(
                    known.Value.Schema.Series[i], sample.At, sample.Values[i] is { } value ? Statistics.Of(value) : default));
            }
        }

        List<int> Wanted(MetricSchema schema) => [.. Enumerable.Range(0, schema.Series.Count).Where(i => query.Wants(schema.Series[i]))];
    }

    private static bool HasSamples(RollUp rollUp, int window, MetricSchema schema)
    {
        for (var i = 0; i < schema.Series.Count; i++)
        {
            if (rollUp.Of(window, i, schema.Series.Count).Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
