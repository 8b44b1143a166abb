using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Ingestion;

/// <summary>Gathers the heartbeats of many agents into batches. The answer: whether there is such an agent.</summary>
public sealed class HeartbeatPipeline(
    IHeartbeatStore store, TimeProvider time, ILogger<HeartbeatPipeline> logger, StoreHealth? health = null)
    : BatchPipeline<HeartbeatWrite, bool>(s_limits, time, logger, health)
{
    public const int Capacity = 10_000;
    public const int MaxBatch = 512;

    /// <summary>So many do not wait for the rest of a batch: it comes while they are stored, and neither the store nor the center idles for the other.</summary>
    public const int Many = MaxBatch / 2;

    /// <summary>Samples of a transaction: after an outage each heartbeat brings as many as it may.</summary>
    public const int MaxBatchSamples = 10_000;

    /// <summary>Samples that wait: of forty values each, about a kilobyte.</summary>
    public const int MostSamplesHeld = 100_000;

    private static readonly BatchLimits s_limits = new(
        "heartbeats", Capacity, MaxBatch, TimeSpan.FromMilliseconds(50), Many, MaxWeight: MaxBatchSamples, MostHeld: MostSamplesHeld);

    private readonly StaleMarks _marks = new();
    private readonly TimeProvider _time = time;

    public static TimeSpan Longest => BatchLimits.Longest;

    protected override int Weigh(HeartbeatWrite item) => Math.Max(1, item.Samples.Count);

    /// <remarks>Samples that are there are left, and a sign of life never goes back.</remarks>
    protected override async Task<IReadOnlyList<bool>> StoreAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken)
    {
        var now = _time.UtcMilliseconds();
        List<HeartbeatWrite> heartbeats = [.. batch.Select(heartbeat => _marks.Mark(heartbeat, now))];
        var unknown = await store.WriteAsync(heartbeats, cancellationToken);
        heartbeats.ForEach(_marks.Stored);
        foreach (var agent in unknown)
        {
            _marks.Forget(agent);
        }

        return [.. batch.Select(heartbeat => !unknown.Contains(heartbeat.AgentId))];
    }

    protected override int Stored(IReadOnlyList<HeartbeatWrite> batch, IReadOnlyList<bool> answers) => answers.Count(isKnown => isKnown);
}
