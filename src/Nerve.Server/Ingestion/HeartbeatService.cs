using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Live;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;

namespace Nerve.Server.Ingestion;

/// <summary>What a heartbeat means, whichever way it came: life first, then its samples, checked one by one.</summary>
public sealed partial class HeartbeatService(
    PresenceService presence, SchemaCatalogue schemas, HeartbeatPipeline pipeline, AgentDirectory directory, LiveFeed live,
    AgentSettingsService settings, TimeProvider time, ILogger<HeartbeatService> logger)
{
    private static readonly TimeSpan s_repeat = TimeSpan.FromMinutes(1);

    private long _rejected;
    private long _toldAhead = long.MinValue;

    /// <summary>Samples that were left out because they were malformed.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Null: there is no such agent.</summary>
    /// <exception cref="ProblemException">The heartbeat as a whole is malformed.</exception>
    public async Task<HeartbeatReply?> TakeAsync(Guid agentId, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        if (heartbeat.Samples?.Count > Heartbeat.MaxSamples)
        {
            throw Problems.Invalid("samples", $"has more than {Heartbeat.MaxSamples} entries");
        }

        presence.Heard(agentId);
        var now = time.UtcMilliseconds();
        var (ahead, timely) = Split(heartbeat, now);
        var (samples, latest, wanted) = await CheckAsync(timely, now, cancellationToken);
        if (!await pipeline.WriteAsync(new HeartbeatWrite(agentId, now, samples), cancellationToken))
        {
            presence.Forget(agentId);
            return null;
        }

        directory.SetSeen(agentId, now, latest, ahead);
        if (latest is not null)
        {
            live.MetricsArrived(agentId, latest);
        }

        if (ahead is { } farAhead)
        {
            TellAhead(agentId, farAhead);
        }

        return new HeartbeatReply(wanted, settings.InForce, ahead is null ? null : timely.Samples!.Count);
    }

    /// <summary>The heartbeat without its first sample of the future and those behind it, and how far the newest of these is ahead, as far as the host's clock.
    /// Stored at once they would hide in the future: they stay with their agent until their time has come, or the clocks agree.</summary>
    private static (TimeSpan? Ahead, Heartbeat Timely) Split(Heartbeat heartbeat, DateTimeOffset now)
    {
        var samples = heartbeat.Samples ?? [];
        for (var taken = 0; taken < samples.Count; taken++)
        {
            if (samples[taken]?.At > now + Heartbeat.FarthestAhead)
            {
                return (samples.Skip(taken).Max(sample => sample?.At) - now, heartbeat with { Samples = [.. samples.Take(taken)] });
            }
        }

        return (null, heartbeat);
    }

    private void TellAhead(Guid agentId, TimeSpan ahead)
    {
        var (now, last) = (time.GetTimestamp(), Interlocked.Read(ref _toldAhead));
        if ((last == long.MinValue || time.GetElapsedTime(last, now) >= s_repeat) && Interlocked.CompareExchange(ref _toldAhead, now, last) == last)
        {
            LogAhead(logger, agentId, (long)ahead.TotalSeconds);
        }
    }

    private async ValueTask<(IReadOnlyList<MetricSample> Samples, LatestValues? Latest, bool SchemaWanted)> CheckAsync(
        Heartbeat heartbeat, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var sent = heartbeat.Schema is null ? null : await schemas.AddAsync(heartbeat.Schema, cancellationToken);
        var samples = new List<MetricSample>(heartbeat.Samples?.Count ?? 1);
        LatestValues? latest = null;
        foreach (var sample in heartbeat.Samples ?? [])
        {
            if (sample is null)
            {
                Interlocked.Increment(ref _rejected);
                continue;
            }

            var schema = sample.Schema == sent?.Id ? sent : await schemas.FindAsync(sample.Schema, cancellationToken);
            if (schema is null)
            {
                return ([], null, SchemaWanted: true);
            }

            if (!IsUsable(sample, schema))
            {
                Interlocked.Increment(ref _rejected);
                continue;
            }

            var at = sample.At.ToUtcMilliseconds();
            var kept = at.EqualsExact(sample.At) ? sample : sample with { At = at };
            samples.Add(kept);
            latest = new LatestValues(kept.At, schema, kept.Values);
        }

        if (heartbeat.Metrics is { Count: > 0 } plain)
        {
            latest = await CheckAsync(plain, now, cancellationToken);
            samples.Add(new MetricSample(now, latest.Schema.Id, latest.Values));
        }

        return (samples, latest, SchemaWanted: false);
    }

    private async Task<LatestValues> CheckAsync(IReadOnlyDictionary<string, double> plain, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!plain.Values.All(double.IsFinite))
        {
            throw Problems.Invalid("metrics", "has a value that is no finite number");
        }

        var schema = await schemas.AddAsync(MetricSchema.Of([.. plain.Keys.Order(StringComparer.Ordinal)]), cancellationToken);
        return new LatestValues(now, schema, [.. schema.Series.Select(name => (double?)plain[name])]);
    }

    /// <summary>Numbers beyond a double arrive as infinity, which no answer could carry.</summary>
    private static bool IsUsable(MetricSample sample, MetricSchema schema)
    {
        var (values, isUsable) = (sample.Values, sample.Values.Count == schema.Series.Count);
        for (var i = 0; isUsable && i < values.Count; i++)
        {
            isUsable = values[i] is not { } value || double.IsFinite(value);
        }

        return isUsable;
    }

    [LoggerMessage(1, LogLevel.Warning, "The clock of agent {Agent}, and perhaps of others, is {Seconds} s ahead of this center's: its samples wait there until then. Keep both by NTP")]
    private static partial void LogAhead(ILogger logger, Guid agent, long seconds);
}
