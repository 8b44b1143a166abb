using Microsoft.EntityFrameworkCore;
using Nerve.Server.Inventories;
using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore;

internal sealed class EfInventoryStore(Database database) : IInventoryStore
{
    public async Task AddAsync(InventorySnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(
                context =>
                {
                    context.Inventories.Add(snapshot);
                    return context.SaveChangesAsync(cancellationToken);
                },
                cancellationToken);
        }
        catch (UniqueConflictException)
        {
            // The same agent in the same millisecond: it is there.
        }
    }

    public Task ReplaceAsync(InventorySnapshot snapshot, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context => context.Inventories
                .Where(inventory => inventory.AgentId == snapshot.AgentId && inventory.CollectedAt == snapshot.CollectedAt)
                .ExecuteUpdateAsync(
                    update => update
                        .SetProperty(inventory => inventory.Hash, snapshot.Hash)
                        .SetProperty(inventory => inventory.Document, snapshot.Document),
                    cancellationToken),
            cancellationToken);

    public Task<InventorySnapshot?> LatestAsync(Guid agentId, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Inventories
            .Where(inventory => inventory.AgentId == agentId)
            .OrderByDescending(inventory => inventory.CollectedAt)
            .FirstOrDefaultAsync(cancellationToken));

    public async Task<IReadOnlyList<InventorySnapshot>> HistoryAsync(
        Guid agentId, DateTimeOffset? before, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Inventories
            .Where(inventory => inventory.AgentId == agentId && (before == null || inventory.CollectedAt < before))
            .OrderByDescending(inventory => inventory.CollectedAt)
            .Take(limit)
            .ToListAsync(cancellationToken));

    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var old = await context.Inventories
                    .Where(inventory => inventory.CollectedAt < before && context.Inventories.Any(
                        newer => newer.AgentId == inventory.AgentId && newer.CollectedAt > inventory.CollectedAt))
                    .OrderBy(inventory => inventory.CollectedAt).Take(limit)
                    .Select(inventory => new { inventory.AgentId, inventory.CollectedAt }).ToListAsync(cancellationToken);
                var removed = 0;
                foreach (var agent in old.GroupBy(inventory => inventory.AgentId, inventory => inventory.CollectedAt))
                {
                    var last = agent.Max();
                    removed += await context.Inventories
                        .Where(inventory => inventory.AgentId == agent.Key && inventory.CollectedAt <= last)
                        .ExecuteDeleteAsync(cancellationToken);
                }

                return removed;
            },
            cancellationToken);

    public Task<int> CountAsync(Guid agentId, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Inventories.CountAsync(inventory => inventory.AgentId == agentId, cancellationToken));
}
