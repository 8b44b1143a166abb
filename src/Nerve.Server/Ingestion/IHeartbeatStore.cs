using Nerve.Protocol.Metrics;

namespace Nerve.Server.Ingestion;

/// <summary>The hot path into the store.</summary>
public interface IHeartbeatStore
{
    /// <summary>Writes signs of life and samples of many agents in one transaction: all or nothing.</summary>
    /// <returns>The agents that do not exist; nothing is stored for them, and they MUST NOT be inserted.</returns>
    /// <remarks>A sample that is there already (same agent and time) is left as it is: heartbeats are repeated.</remarks>
    Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken);
}

/// <summary>One heartbeat, checked.</summary>
/// <param name="AgentId">Whose.</param>
/// <param name="At">When it arrived, by the center's clock.</param>
/// <param name="Samples">Of known schemas, with as many values as the schema has names.</param>
public sealed record HeartbeatWrite(Guid AgentId, DateTimeOffset At, IReadOnlyList<MetricSample> Samples);
