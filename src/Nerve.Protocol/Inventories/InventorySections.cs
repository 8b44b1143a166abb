using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nerve.Protocol.Inventories;

/// <summary>An inventory's parts, each sent and compared by itself: the members of its JSON except <c>schema</c> and <c>collectedAt</c>.</summary>
public static class InventorySections
{
    private static readonly string[] s_envelope = ["schema", "collectedAt"];

    /// <summary>In the order of the document: <c>agentVersion</c>, <c>host</c>, <c>cpu</c>, … <c>problems</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Members(new Inventory()).Select(member => member.Name)];

    /// <summary>SHA-256 of every section's JSON, in hexadecimal. Without readings (<see cref="InventoryReadings"/>), so that a machine which stays
    /// as it is keeps its hashes whatever it does.</summary>
    public static IReadOnlyDictionary<string, string> HashesOf(Inventory inventory) => Members(inventory.WithoutReadings()).ToDictionary(
        member => member.Name,
        member => Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(member.Value))),
        StringComparer.Ordinal);

    /// <summary>One hash for all: SHA-256 over the lines <c>name=hash</c> in the order of <see cref="Names"/>.</summary>
    public static string HashOf(IReadOnlyDictionary<string, string> sections) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Concat(Names.Select(name => $"{name}={sections[name]}\n")))));

    /// <summary>Those whose hashes differ, in the order of <see cref="Names"/>.</summary>
    public static IReadOnlyList<string> Changed(IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> to) =>
        [.. Names.Where(name => from[name] != to[name])];

    /// <summary>The JSON of some sections, whole and with readings.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Pick(Inventory inventory, IReadOnlyCollection<string> names) =>
        Members(inventory).Where(member => names.Contains(member.Name)).ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);

    /// <summary>The inventory with these sections in the place of its own.</summary>
    /// <exception cref="JsonException">A section has not the shape of an inventory's.</exception>
    public static Inventory Merge(Inventory inventory, IReadOnlyDictionary<string, JsonElement> sections, DateTimeOffset collectedAt)
    {
        var document = JsonSerializer.SerializeToNode(inventory with { CollectedAt = collectedAt }, NerveJsonContext.Default.Inventory)!.AsObject();
        foreach (var (name, section) in sections)
        {
            document[name] = JsonSerializer.SerializeToNode(section, NerveJsonContext.Default.JsonElement);
        }

        return document.Deserialize(NerveJsonContext.Default.Inventory)!;
    }

    private static IEnumerable<JsonProperty> Members(Inventory inventory) =>
        JsonSerializer.SerializeToElement(inventory, AgentJsonContext.Default.Inventory)
            .EnumerateObject().Where(member => !s_envelope.Contains(member.Name));
}
