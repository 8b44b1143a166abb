namespace Nerve.Server.Inventories;

/// <summary>A stored inventory.</summary>
/// <param name="Document">The JSON as of the protocol's inventory.</param>
public sealed record InventorySnapshot(Guid AgentId, DateTimeOffset CollectedAt, string Hash, string Document);

/// <summary>Where inventories are kept: one row per change.</summary>
public interface IInventoryStore
{
    /// <summary>Adds a snapshot. One of the same agent and moment is there already: nothing happens.</summary>
    Task AddAsync(InventorySnapshot snapshot, CancellationToken cancellationToken);

    /// <summary>Puts a newer document in the place of the one of the same agent and moment. There is none: nothing happens.</summary>
    Task ReplaceAsync(InventorySnapshot snapshot, CancellationToken cancellationToken);

    Task<InventorySnapshot?> LatestAsync(Guid agentId, CancellationToken cancellationToken);

    /// <summary>Newest first, those before <paramref name="before"/>, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<InventorySnapshot>> HistoryAsync(
        Guid agentId, DateTimeOffset? before, int limit, CancellationToken cancellationToken);

    /// <summary>Removes about <paramref name="limit"/> snapshots from before <paramref name="before"/>, never the newest of an agent.</summary>
    /// <returns>How many; 0 when nothing is left to remove.</returns>
    Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);

    Task<int> CountAsync(Guid agentId, CancellationToken cancellationToken);
}
