using System.Text.Json;

namespace Nerve.Server.Inventories.Changes;

/// <summary>A change as a sentence: <c>DIMM B2 removed</c>, <c>GPU 3 PCIe width 16 → 8</c>.</summary>
internal static class ChangeLabel
{
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["numaNode"] = "NUMA node",
        ["coreType"] = "Core type",
        ["cache"] = "Cache",
        ["dimm"] = "DIMM",
        ["hugepages"] = "Huge pages of",
        ["memoryController"] = "Memory controller",
        ["eccDimm"] = "DIMM",
        ["gpu"] = "GPU",
        ["nvlink"] = "NVLink",
        ["mig"] = "MIG device",
        ["eccLocation"] = "memory",
        ["disk"] = "Disk",
        ["diskPath"] = "path",
        ["raid"] = "RAID",
        ["raidMember"] = "member",
        ["volume"] = "Volume",
        ["storageController"] = "Storage controller",
        ["filesystem"] = "Filesystem",
        ["interface"] = "Interface",
        ["bondSlave"] = "member",
        ["infiniband"] = "InfiniBand port",
    };

    private static readonly Dictionary<string, string> s_sections = new(StringComparer.Ordinal)
    {
        ["agentVersion"] = "Agent version",
        ["host"] = "Host",
        ["cpu"] = "CPU",
        ["memory"] = "Memory",
    };

    public static string Of(InventoryChange change) => change switch
    {
        { Path: "host.bootId" } => "Restarted",
        { Section: "problems", Kind: ChangeKind.Added, New: { } problem } => $"Problem with {Source(problem)}: {Reason(problem)}",
        { Section: "problems", Kind: ChangeKind.Removed, Old: { } problem } => $"Problem with {Source(problem)} is over: {Reason(problem)}",
        { Kind: ChangeKind.Changed } => $"{Subject(change)} {FieldText.Value(change.Field, change.Old)} → {FieldText.Value(change.Field, change.New)}",
        _ => $"{Subject(change)}{Item(change)} {(change.Kind == ChangeKind.Added ? "added" : "removed")}",
    };

    private static string Subject(InventoryChange change)
    {
        var words = change.Elements.Select(Title).ToList();
        if (words.Count == 0)
        {
            words.Add(s_sections.GetValueOrDefault(change.Section) ?? FieldText.Words(change.Section));
        }

        words.Add(IsItem(change) ? FieldText.Singular(change.Field) : FieldText.Words(change.Field));
        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    // Boards that print "DIMM_A1" beside the slot have said it already.
    private static string Title(ChangedElement element)
    {
        var word = s_types.GetValueOrDefault(element.Type) ?? FieldText.Words(element.Type);
        var name = element.Type == "hugepages" && long.TryParse(element.Name, out var size) ? FieldText.Bytes(size) : element.Name;
        return name.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? name : $"{word} {name}";
    }

    private static bool IsItem(InventoryChange change) =>
        change is { Field.Length: > 0, Kind: not ChangeKind.Changed } && (change.New ?? change.Old)?.ValueKind == JsonValueKind.String;

    private static string Item(InventoryChange change) => IsItem(change) ? $" {FieldText.Value(change.Field, change.New ?? change.Old)}" : "";

    private static string? Source(JsonElement problem) => problem.GetProperty("source").GetString();

    private static string? Reason(JsonElement problem) => problem.GetProperty("reason").GetString();
}
