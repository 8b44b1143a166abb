using Nerve.Server.Retention;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>Rolls up the hours that are over and whose samples have come to rest.</summary>
/// <remarks>What is to be done is in the store (<see cref="StaleHour"/>), so nothing is forgotten over a restart, and samples that come days late
/// make their hour stale again. Rolling an hour up twice gives the same, so it does no harm when two centers meet at one.</remarks>
public sealed class RollUpJob(IMetricStore samples, IRollUpStore store, SchemaCatalogue schemas, RetentionSettings keep, TimeProvider time)
{
    /// <summary>How long an hour is left alone after its end and after each of its samples: longer than a center takes to store what it has
    /// begun, and longer than clocks of two centers differ.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    private const int HoursAtOnce = 500;
    private const int SamplesAtOnce = 2000;
    private const int BytesAtOnce = 4 << 20;

    /// <returns>How many hours were done.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var done = 0;
        while (true)
        {
            var rested = time.GetUtcNow() - Rest;
            var stale = await store.StaleAsync(Hours.Of(rested), rested, HoursAtOnce, cancellationToken);
            await RollUpAsync(stale, cancellationToken);
            done += stale.Count;
            if (stale.Count < HoursAtOnce)
            {
                return done;
            }
        }
    }

    private async Task RollUpAsync(IReadOnlyList<StaleHour> stale, CancellationToken cancellationToken)
    {
        var rollUps = new List<RollUp>();
        var done = new List<StaleHour>();
        foreach (var hour in stale)
        {
            rollUps.AddRange(await RollUpAsync(hour, cancellationToken));
            done.Add(hour);
            if (rollUps.Sum(rollUp => rollUp.Values.Length) >= BytesAtOnce)
            {
                await store.WriteAsync(rollUps, done, cancellationToken);
                rollUps.Clear();
                done.Clear();
            }
        }

        if (done.Count > 0)
        {
            await store.WriteAsync(rollUps, done, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<RollUp>> RollUpAsync(StaleHour stale, CancellationToken cancellationToken)
    {
        if (await IsHalfGoneAsync(stale, cancellationToken))
        {
            return [];
        }

        var hour = new HourOfSamples(stale.AgentId, stale.Hour);
        await foreach (var sample in samples.ReadAllAsync(stale.AgentId, stale.Hour, stale.Hour + Hours.One, SamplesAtOnce, cancellationToken))
        {
            if (await schemas.FindAsync(sample.Schema, cancellationToken) is { } schema)
            {
                hour.Add(sample, schema);
            }
        }

        if (hour.IsEmpty)
        {
            return [];
        }

        await schemas.KeepAsync(hour.Schema, cancellationToken);
        return hour.RollUp();
    }

    /// <summary>Of an hour whose samples expire, the roll-up that there is knows more than what is left of them.</summary>
    private async Task<bool> IsHalfGoneAsync(StaleHour stale, CancellationToken cancellationToken) =>
        stale.Hour < time.GetUtcNow() - keep.Samples + Hours.One
        && (await store.ReadAsync(stale.AgentId, RollUpLevel.OneHour, stale.Hour, stale.Hour + Hours.One, 1, cancellationToken)).Count > 0;
}
