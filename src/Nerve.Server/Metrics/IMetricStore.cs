using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

/// <summary>Where samples are kept: per agent and moment one row with all its values, named by a shared schema.</summary>
public interface IMetricStore
{
    /// <summary>Idempotent: a schema never changes, its id is the hash of its names.</summary>
    Task AddSchemaAsync(MetricSchema schema, CancellationToken cancellationToken);

    Task<MetricSchema?> FindSchemaAsync(string id, CancellationToken cancellationToken);

    /// <summary>An agent's samples with <c>from ≤ at &lt; to</c>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<MetricSample>> ReadAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken);

    /// <summary>The newest sample of an agent, if any.</summary>
    Task<MetricSample?> LatestAsync(Guid agentId, CancellationToken cancellationToken);

    /// <summary>Removes samples older than <paramref name="before"/>, a bounded step per call: about <paramref name="limit"/> of them, or a
    /// whole day at once where days can be dropped; the day of <paramref name="before"/> itself may then stay until it is over.</summary>
    /// <returns>About how many; 0 when nothing is left to remove.</returns>
    Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);
}
