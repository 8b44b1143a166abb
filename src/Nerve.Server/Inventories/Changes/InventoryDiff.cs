using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;

namespace Nerve.Server.Inventories.Changes;

/// <summary>What is not as it was between two inventories. Readings are no changes (<see cref="InventoryReadings"/>).</summary>
internal static class InventoryDiff
{
    private static readonly JsonElement s_null = JsonElement.Parse("null");

    public static IReadOnlyList<InventoryChange> Between(Inventory from, Inventory to)
    {
        var (old, now) = (Json(from), Json(to));
        var changes = new List<InventoryChange>();
        foreach (var section in InventorySections.Names)
        {
            Compare(new Place(section), old.GetProperty(section), now.GetProperty(section), changes);
        }

        return changes;
    }

    private static JsonElement Json(Inventory inventory) =>
        JsonSerializer.SerializeToElement(inventory.WithoutReadings(), NerveJsonContext.Default.Inventory);

    private static void Compare(Place place, JsonElement old, JsonElement now, List<InventoryChange> changes)
    {
        if (JsonElement.DeepEquals(old, now))
        {
            return;
        }

        switch (old.ValueKind, now.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                CompareMembers(place, old, now, null, changes);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareLists(place, old, now, changes);
                break;
            case (JsonValueKind.Object, _):
                changes.Add(place.Change(ChangeKind.Removed, old, null));
                break;
            case (_, JsonValueKind.Object):
                changes.Add(place.Change(ChangeKind.Added, null, now));
                break;
            default:
                changes.Add(place.Change(ChangeKind.Changed, Known(old), Known(now)));
                break;
        }
    }

    private static void CompareMembers(Place place, JsonElement old, JsonElement now, string? except, List<InventoryChange> changes)
    {
        var names = old.EnumerateObject().Concat(now.EnumerateObject()).Select(member => member.Name).Distinct(StringComparer.Ordinal);
        foreach (var name in names.Where(name => name != except))
        {
            Compare(place.Member(name), Member(old, name), Member(now, name), changes);
        }
    }

    private static void CompareLists(Place place, JsonElement oldList, JsonElement newList, List<InventoryChange> changes)
    {
        var (old, now) = (oldList.EnumerateArray().ToList(), newList.EnumerateArray().ToList());
        if (ElementKind.At(place.Pattern) is { } kind)
        {
            CompareElements(place, kind, old, now, changes);
        }
        else if (old.Concat(now).All(item => item.ValueKind == JsonValueKind.String))
        {
            var (before, after) = (old.ConvertAll(item => item.GetString()!), now.ConvertAll(item => item.GetString()!));
            changes.AddRange(old.Where(item => !after.Contains(item.GetString()!)).Select(item => place.Item(item).Change(ChangeKind.Removed, item, null)));
            changes.AddRange(now.Where(item => !before.Contains(item.GetString()!)).Select(item => place.Item(item).Change(ChangeKind.Added, null, item)));
        }
        else
        {
            changes.Add(place.Change(ChangeKind.Changed, oldList, newList));
        }
    }

    private static void CompareElements(Place place, ElementKind kind, List<JsonElement> old, List<JsonElement> now, List<InventoryChange> changes)
    {
        foreach (var (before, after) in ElementPairs.Of(kind, old, now))
        {
            var at = place.Element(kind, (after ?? before)!.Value);
            var was = before is { } b && !kind.IsEmpty(b);
            var has = after is { } a && !kind.IsEmpty(a);
            if (before is { } left && after is { } right && was == has)
            {
                CompareMembers(at, left, right, kind.Position, changes);
            }
            else if (was != has)
            {
                changes.Add(was ? at.Change(ChangeKind.Removed, before, null) : at.Change(ChangeKind.Added, null, after));
            }
        }
    }

    private static JsonElement Member(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value : s_null;

    private static JsonElement? Known(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value;
}
