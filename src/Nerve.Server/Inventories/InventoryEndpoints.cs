using System.Globalization;
using Nerve.Protocol.Inventories;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Inventories.Changes;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories;

internal static class InventoryEndpoints
{
    public static void MapInventories(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/agents/{id:guid}/inventory").WithTags("Agents").RequireAuthorization(Policies.Viewer);
        group.MapGet("/", GetAsync).WithSummary("Everything known of the machine");
        group.MapGet("/history", HistoryAsync).WithSummary("When the inventory changed, and what")
            .WithDescription($"Newest first, at most {InventoryHistory.MomentsPerPage} moments a page, each with its first {InventoryHistory.ChangesShown} changes.");
        group.MapGet("/changes", ChangesAsync).WithSummary("What changed between two moments")
            .WithDescription("From the inventory that held at `from` to the one that held at `to`. Without `to`: the newest. Without `from`: the one before.");
    }

    private static async Task<Inventory> GetAsync(Guid id, AgentDirectory fleet, IInventoryStore inventories, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        var snapshot = await inventories.LatestAsync(id, cancellationToken)
            ?? throw Problems.NotFound("inventory.none", "This agent has not sent its inventory yet.");
        return snapshot.Read();
    }

    private static async Task<Page<InventoryMoment>> HistoryAsync(
        Guid id, int? limit, string? cursor, AgentDirectory fleet, InventoryHistory history, IInventoryStore inventories, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        var page = PageRequest.Of(limit, cursor);
        DateTimeOffset? before = page.Cursor is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(ParseMilliseconds(Cursor.Decode(page.Cursor).Key));
        var (moments, more) = await history.PageAsync(id, before, page.Limit, cancellationToken);
        var next = more ? Cursor.Encode(moments[^1].CollectedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), id) : null;
        return new Page<InventoryMoment>(moments, next, await inventories.CountAsync(id, cancellationToken));
    }

    private static Task<InventoryChanges> ChangesAsync(
        Guid id, DateTimeOffset? from, DateTimeOffset? to, AgentDirectory fleet, InventoryHistory history, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        return history.BetweenAsync(id, from, to, cancellationToken);
    }

    private static long ParseMilliseconds(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw Problems.Invalid("cursor", "is not one that this list gave out");
}
