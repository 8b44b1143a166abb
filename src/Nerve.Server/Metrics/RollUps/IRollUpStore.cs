namespace Nerve.Server.Metrics.RollUps;

/// <summary>An hour of an agent whose samples are not, or not all, rolled up.</summary>
/// <param name="MarkedAt">When the newest of its samples came, by the center's clock.</param>
public sealed record StaleHour(Guid AgentId, DateTimeOffset Hour, DateTimeOffset MarkedAt);

/// <summary>Where roll-ups are kept, and which hours still need one. Hours become stale by <see cref="Ingestion.IHeartbeatStore"/>.</summary>
public interface IRollUpStore
{
    /// <summary>Hours before <paramref name="before"/> that nobody marked after <paramref name="markedBefore"/>, oldest first.</summary>
    Task<IReadOnlyList<StaleHour>> StaleAsync(
        DateTimeOffset before, DateTimeOffset markedBefore, int limit, CancellationToken cancellationToken);

    /// <summary>An agent's stale hours with <c>from ≤ hour &lt; to</c>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<DateTimeOffset>> StaleOfAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken);

    /// <summary>Stores roll-ups, in place of earlier ones of the same agent, level and hour, and then takes the marks off these hours.</summary>
    /// <remarks>An hour that was marked again meanwhile (another <see cref="StaleHour.MarkedAt"/>) MUST stay stale.
    /// Cancelled, it has written all of it or nothing.</remarks>
    Task WriteAsync(IReadOnlyList<RollUp> rollUps, IReadOnlyList<StaleHour> done, CancellationToken cancellationToken);

    /// <summary>An agent's roll-ups with <c>from ≤ hour &lt; to</c>, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<RollUp>> ReadAsync(
        Guid agentId, RollUpLevel level, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken);

    /// <summary>Removes roll-ups of hours before <paramref name="before"/>, about <paramref name="limit"/> of them.</summary>
    /// <returns>How many; 0 when nothing is left to remove.</returns>
    Task<int> PruneAsync(RollUpLevel level, DateTimeOffset before, int limit, CancellationToken cancellationToken);
}
