using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Server.Shared;

namespace Nerve.Server.Inventories;

/// <summary>What JSON lets through and a list must not contain: nothing.</summary>
internal static class InventoryRules
{
    /// <exception cref="ProblemException">A list has an empty place; the problem names the list.</exception>
    public static void Check(Inventory inventory)
    {
        var errors = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
        Walk("", JsonSerializer.SerializeToElement(inventory, NerveJsonContext.Default.Inventory), errors);
        if (errors.Count > 0)
        {
            throw Problems.Invalid(errors);
        }
    }

    private static void Walk(string path, JsonElement value, SortedDictionary<string, string[]> errors)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                Walk(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value, errors);
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Null)
                {
                    errors[path] = ["must not contain null"];
                }

                Walk(path, item, errors);
            }
        }
    }
}
