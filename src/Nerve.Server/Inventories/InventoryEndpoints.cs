using System.Globalization;
using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories;

public sealed record InventoryVersion(DateTimeOffset CollectedAt, string Hash, bool Current);

internal static class InventoryEndpoints
{
    public static void MapInventories(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/agents/{id:guid}/inventory").WithTags("Agents").RequireAuthorization(Policies.Viewer);
        group.MapGet("/", GetAsync).WithSummary("Everything known of the machine");
        group.MapGet("/history", HistoryAsync).WithSummary("When the inventory changed");
    }

    private static async Task<Inventory> GetAsync(Guid id, AgentDirectory fleet, IInventoryStore inventories, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        var snapshot = await inventories.LatestAsync(id, cancellationToken)
            ?? throw Problems.NotFound("inventory.none", "This agent has not sent its inventory yet.");
        return JsonSerializer.Deserialize(snapshot.Document, NerveJsonContext.Default.Inventory)!;
    }

    private static async Task<Page<InventoryVersion>> HistoryAsync(
        Guid id, int? limit, string? cursor, AgentDirectory fleet, IInventoryStore inventories, CancellationToken cancellationToken)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        var page = PageRequest.Of(limit, cursor);
        DateTimeOffset? before = page.Cursor is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(ParseMilliseconds(Cursor.Decode(page.Cursor).Key));
        var current = (await inventories.LatestAsync(id, cancellationToken))?.CollectedAt;
        var found = await inventories.HistoryAsync(id, before, page.Limit + 1, cancellationToken);
        var items = found.Take(page.Limit).Select(s => new InventoryVersion(s.CollectedAt, s.Hash, s.CollectedAt == current)).ToList();
        var next = found.Count > page.Limit
            ? Cursor.Encode(items[^1].CollectedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), id)
            : null;
        return new Page<InventoryVersion>(items, next, await inventories.CountAsync(id, cancellationToken));
    }

    private static long ParseMilliseconds(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw Problems.Invalid("cursor", "is not one that this list gave out");
}
