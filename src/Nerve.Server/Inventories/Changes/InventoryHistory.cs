using Nerve.Protocol.Inventories;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories.Changes;

/// <summary>A moment at which the inventory became another one.</summary>
/// <param name="CollectedAt">By the center's clock.</param>
/// <param name="Hash">Over the hashes of all sections.</param>
/// <param name="Current">Nothing has changed since.</param>
/// <param name="Sections">Those that changed; empty for the first inventory, which has none before it.</param>
/// <param name="Previous">The moment before; null for the first inventory.</param>
/// <param name="ChangeCount">All changes from the moment before to this one.</param>
/// <param name="Changes">The first of them, at most 20.</param>
public sealed record InventoryMoment(
    DateTimeOffset CollectedAt,
    string Hash,
    bool Current,
    IReadOnlyList<string> Sections,
    DateTimeOffset? Previous,
    int ChangeCount,
    IReadOnlyList<InventoryChange> Changes);

/// <summary>What changed from one moment to another.</summary>
/// <param name="From">The moment at which the inventory began that held at the time asked for.</param>
/// <param name="To">As <paramref name="From"/>.</param>
/// <param name="Sections">Those with changes.</param>
/// <param name="Items">In the order of the inventory.</param>
public sealed record InventoryChanges(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> Sections, IReadOnlyList<InventoryChange> Items);

/// <summary>Reads how a machine became what it is.</summary>
public sealed class InventoryHistory(IInventoryStore inventories)
{
    public const int ChangesShown = 20;

    /// <summary>A page has at most so many moments, whatever was asked for: each is a whole document to read and compare.</summary>
    public const int MomentsPerPage = 100;

    /// <summary>So many documents are in memory at once.</summary>
    private const int Batch = 8;

    /// <summary>The moments before <paramref name="before"/>, newest first.</summary>
    /// <returns>Whether there are more, too.</returns>
    public async Task<(IReadOnlyList<InventoryMoment> Moments, bool More)> PageAsync(
        Guid agentId, DateTimeOffset? before, int limit, CancellationToken cancellationToken)
    {
        var wanted = Math.Min(limit, MomentsPerPage);
        var current = (await inventories.LatestAsync(agentId, cancellationToken))?.CollectedAt;
        var moments = new List<InventoryMoment>(wanted);
        (InventorySnapshot Snapshot, Inventory Inventory)? later = null;
        while (true)
        {
            var snapshots = await inventories.HistoryAsync(agentId, before, Batch, cancellationToken);
            foreach (var snapshot in snapshots)
            {
                var inventory = snapshot.Read();
                if (later is { } newer)
                {
                    moments.Add(Moment(newer.Snapshot, newer.Inventory, snapshot.CollectedAt, inventory));
                }

                if (moments.Count == wanted)
                {
                    return (moments, true);
                }

                later = (snapshot, inventory);
            }

            if (snapshots.Count < Batch)
            {
                if (later is { } first)
                {
                    moments.Add(new InventoryMoment(first.Snapshot.CollectedAt, first.Snapshot.Hash, IsCurrent(first.Snapshot), [], null, 0, []));
                }

                return (moments, false);
            }

            before = snapshots[^1].CollectedAt;
        }

        bool IsCurrent(InventorySnapshot snapshot) => snapshot.CollectedAt == current;

        InventoryMoment Moment(InventorySnapshot snapshot, Inventory inventory, DateTimeOffset previousAt, Inventory previous)
        {
            var changes = InventoryDiff.Between(previous, inventory);
            return new InventoryMoment(
                snapshot.CollectedAt, snapshot.Hash, IsCurrent(snapshot), Sections(changes), previousAt, changes.Count, [.. changes.Take(ChangesShown)]);
        }
    }

    /// <summary>What changed between the inventories that held at two moments. Without <paramref name="from"/>: since the one before.</summary>
    /// <exception cref="ProblemException">There was no inventory then, or the moments are the wrong way round.</exception>
    public async Task<InventoryChanges> BetweenAsync(Guid agentId, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        if (from > to)
        {
            throw Problems.Invalid("from", "must not be after 'to'");
        }

        var last = await AtAsync(agentId, to, cancellationToken);
        var first = from is null
            ? (await inventories.HistoryAsync(agentId, last.CollectedAt, 1, cancellationToken)).FirstOrDefault() ?? last
            : await AtAsync(agentId, from, cancellationToken);
        var changes = InventoryDiff.Between(first.Read(), last.Read());
        return new InventoryChanges(first.CollectedAt, last.CollectedAt, Sections(changes), changes);
    }

    private async Task<InventorySnapshot> AtAsync(Guid agentId, DateTimeOffset? moment, CancellationToken cancellationToken) => moment is { } at
        ? (await inventories.HistoryAsync(agentId, at.ToUtcMilliseconds().AddMilliseconds(1), 1, cancellationToken)).FirstOrDefault()
            ?? throw Problems.NotFound("inventory.none", "This agent had not sent its inventory by that time. Its history begins later.")
        : await inventories.LatestAsync(agentId, cancellationToken)
            ?? throw Problems.NotFound("inventory.none", "This agent has not sent its inventory yet.");

    private static IReadOnlyList<string> Sections(IReadOnlyList<InventoryChange> changes) => [.. changes.Select(change => change.Section).Distinct()];
}
