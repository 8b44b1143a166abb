using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Server.Ingestion;

/// <summary>The hot path into the store.</summary>
public interface IHeartbeatStore
{
    /// <summary>Writes signs of life and samples of many agents in one transaction: all or nothing.</summary>
    /// <returns>The agents that do not exist; nothing is stored for them, and they MUST NOT be inserted.</returns>
    /// <remarks>A sample that is there already (same agent and time) is left as it is: heartbeats are repeated. The hours that a heartbeat makes
    /// stale are marked before its samples can be read; of several marks of one agent and hour the latest stays.</remarks>
    Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken);
}

/// <summary>One heartbeat, checked.</summary>
/// <param name="AgentId">Whose.</param>
/// <param name="At">When it arrived, by the center's clock.</param>
/// <param name="Samples">Of known schemas, with as many values as the schema has names.</param>
public sealed record HeartbeatWrite(Guid AgentId, DateTimeOffset At, IReadOnlyList<MetricSample> Samples)
{
    /// <summary>The hours of this agent whose roll-ups lack these samples, as far as they are not marked already.</summary>
    public IReadOnlyList<StaleHour> StaleHours { get; init; } = [];
}
