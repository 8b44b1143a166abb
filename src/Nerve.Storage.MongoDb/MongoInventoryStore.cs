using MongoDB.Driver;
using Nerve.Server.Inventories;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoInventoryStore(MongoStorage storage) : IInventoryStore
{
    private static readonly FilterDefinitionBuilder<InventorySnapshot> s_where = Builders<InventorySnapshot>.Filter;

    private readonly IMongoCollection<InventorySnapshot> _inventories = storage.Collections.Inventories;

    public async Task AddAsync(InventorySnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            await storage.RunAsync(() => _inventories.InsertOneAsync(snapshot, cancellationToken: cancellationToken));
        }
        catch (UniqueConflictException)
        {
            // The same agent in the same millisecond: it is there.
        }
    }

    public Task ReplaceAsync(InventorySnapshot snapshot, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _inventories.UpdateOneAsync(
            inventory => inventory.AgentId == snapshot.AgentId && inventory.CollectedAt == snapshot.CollectedAt,
            Builders<InventorySnapshot>.Update
                .Set(inventory => inventory.Hash, snapshot.Hash)
                .Set(inventory => inventory.Document, snapshot.Document),
            cancellationToken: cancellationToken));

    public Task<InventorySnapshot?> LatestAsync(Guid agentId, CancellationToken cancellationToken) =>
        storage.ReadAsync<InventorySnapshot?>(async () => await NewestFirst(s_where.Eq(inventory => inventory.AgentId, agentId))
            .FirstOrDefaultAsync(cancellationToken));

    public Task<IReadOnlyList<InventorySnapshot>> HistoryAsync(
        Guid agentId, DateTimeOffset? before, int limit, CancellationToken cancellationToken)
    {
        var which = s_where.Eq(inventory => inventory.AgentId, agentId);
        if (before is { } end)
        {
            which &= s_where.Lt(inventory => inventory.CollectedAt, end);
        }

        return storage.ReadAsync<IReadOnlyList<InventorySnapshot>>(async () => await NewestFirst(which).Limit(limit).ToListAsync(cancellationToken));
    }

    /// <remarks>The index over agent and time answers which agents have old snapshots behind a newer one.</remarks>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => storage.RunAsync(async () =>
    {
        var agents = await _inventories.Aggregate()
            .Group(inventory => inventory.AgentId, group => new
            {
                Agent = group.Key,
                Oldest = group.Min(inventory => inventory.CollectedAt),
                Newest = group.Max(inventory => inventory.CollectedAt),
            })
            .ToListAsync(cancellationToken);
        var removed = 0L;
        foreach (var agent in agents.Where(agent => agent.Oldest < before && agent.Oldest < agent.Newest).TakeWhile(_ => removed < limit))
        {
            var old = s_where.Eq(inventory => inventory.AgentId, agent.Agent) & s_where.Lt(inventory => inventory.CollectedAt, before)
                & s_where.Lt(inventory => inventory.CollectedAt, agent.Newest);
            removed += (await _inventories.DeleteManyAsync(old, cancellationToken)).DeletedCount;
        }

        return (int)removed;
    });

    public Task<int> CountAsync(Guid agentId, CancellationToken cancellationToken) =>
        storage.ReadAsync(async () => (int)await _inventories.CountDocumentsAsync(
            inventory => inventory.AgentId == agentId, cancellationToken: cancellationToken));

    private IFindFluent<InventorySnapshot, InventorySnapshot> NewestFirst(FilterDefinition<InventorySnapshot> which) =>
        _inventories.Find(which).SortByDescending(inventory => inventory.CollectedAt);
}
