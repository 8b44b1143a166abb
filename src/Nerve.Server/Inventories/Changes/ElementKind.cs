using System.Text.Json;

namespace Nerve.Server.Inventories.Changes;

/// <summary>What the elements of a list are and how one is known again.</summary>
/// <param name="Type">As in <see cref="ChangedElement.Type"/>.</param>
/// <param name="Keys">Members that identify it, the surest first; those joined by <c>+</c> do so together.</param>
internal sealed record ElementKind(string Type, params string[] Keys)
{
    /// <summary>Members to call it by; by default the first key.</summary>
    public string[] Names { get; init; } = [Keys[0]];

    /// <summary>A place in the list, which moves when another element goes.</summary>
    public string? Position { get; init; }

    /// <summary>A member without which the element is an empty place.</summary>
    public string? Filled { get; init; }

    private static readonly Dictionary<string, ElementKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["cpu.numa"] = new("numaNode", "id"),
        ["cpu.coreTypes"] = new("coreType", "name"),
        ["cpu.caches"] = new("cache", "level+type"),
        ["memory.modules"] = new("dimm", "locator", "bank+locator") { Filled = "sizeBytes" },
        ["memory.hugepages"] = new("hugepages", "sizeBytes"),
        ["memory.ecc.controllers"] = new("memoryController", "name"),
        ["memory.ecc.controllers.dimms"] = new("eccDimm", "name"),
        ["gpus"] = new("gpu", "uuid", "pciAddress", "index") { Names = ["index"], Position = "index" },
        ["gpus.nvlinks"] = new("nvlink", "link"),
        ["gpus.migDevices"] = new("mig", "uuid", "index") { Names = ["index"], Position = "index" },
        ["gpus.ecc.locations"] = new("eccLocation", "location"),
        ["disks"] = new("disk", "serial", "wwn", "name") { Names = ["name"] },
        ["disks.paths"] = new("diskPath", "name"),
        ["raids"] = new("raid", "name"),
        ["raids.members"] = new("raidMember", "device"),
        ["volumes"] = new("volume", "name"),
        ["storageControllers"] = new("storageController", "pciAddress", "host") { Names = ["host"] },
        ["filesystems"] = new("filesystem", "mountPoint"),
        ["network"] = new("interface", "name"),
        ["network.bond.slaves"] = new("bondSlave", "name"),
        ["infiniband"] = new("infiniband", "device+port"),
        ["problems"] = new("problem", "source+reason") { Names = ["source"] },
    };

    /// <param name="pattern">The path without what is in brackets: <c>gpus.nvlinks</c>.</param>
    public static ElementKind? At(string pattern) => s_kinds.GetValueOrDefault(pattern);

    public bool IsEmpty(JsonElement element) => Filled is not null && (Text(element, Filled) is null or "0");

    public string IdOf(JsonElement element) => Keys.Select(key => KeyOf(element, key)).OfType<string>().FirstOrDefault() ?? "?";

    public string NameOf(JsonElement element) => Names.Select(key => KeyOf(element, key)).OfType<string>().FirstOrDefault() ?? IdOf(element);

    public static string? KeyOf(JsonElement element, string key)
    {
        var parts = key.Split('+').Select(name => Text(element, name)).ToList();
        return parts.Contains(null) ? null : string.Join('/', parts);
    }

    private static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        } : null;
}
