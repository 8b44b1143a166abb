using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Memory errors by controller and module, as the kernel's EDAC drivers count them
/// (<c>Documentation/admin-guide/RAS</c>).</summary>
internal static class EdacFacts
{
    private const string Directory = "/sys/devices/system/edac/mc";

    public static IReadOnlyList<EccControllerInfo> Collect(Machine machine) =>
        [.. machine.List(Directory).Where(name => Numbered(name, "mc")).Select(name => Controller(machine, name))];

    /// <summary>Whether a name is a prefix and a number: <c>mc0</c>, and not <c>mc_fake</c>.</summary>
    public static bool Numbered(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && Number.Int(name[prefix.Length..]) is >= 0;

    private static EccControllerInfo Controller(Machine machine, string name)
    {
        var directory = $"{Directory}/{name}";
        var entries = machine.List(directory);
        // Memory is seen as modules, or as the ranks of modules; the rows are the older view of the same.
        var dimms = entries.Where(entry => Numbered(entry, "dimm") || Numbered(entry, "rank")).Select(entry => Dimm(machine, directory, entry)).ToList();
        return new EccControllerInfo(
            name,
            machine.Line($"{directory}/mc_name"),
            Number.Long(machine.Line($"{directory}/ce_count")),
            Number.Long(machine.Line($"{directory}/ue_count")),
            Megabytes(machine.Line($"{directory}/size_mb")) ?? Sum(dimms),
            dimms.Count > 0 ? dimms : [.. entries.Where(entry => Numbered(entry, "csrow")).SelectMany(row => Row(machine, directory, row))]);
    }

    private static EccDimmInfo Dimm(Machine machine, string controller, string name)
    {
        var directory = $"{controller}/{name}";
        return new EccDimmInfo(
            name,
            machine.Line($"{directory}/dimm_label"),
            machine.Line($"{directory}/dimm_location"),
            machine.Line($"{directory}/dimm_mem_type"),
            machine.Line($"{directory}/dimm_edac_mode"),
            Megabytes(machine.Line($"{directory}/size")),
            Number.Long(machine.Line($"{directory}/dimm_ce_count")),
            Number.Long(machine.Line($"{directory}/dimm_ue_count")));
    }

    // Chip-select rows across channels: "ch0_ce_count", "ch0_dimm_label".
    private static IEnumerable<EccDimmInfo> Row(Machine machine, string controller, string row)
    {
        const string Counter = "_ce_count";
        var directory = $"{controller}/{row}";
        foreach (var file in machine.List(directory))
        {
            if (file.EndsWith(Counter, StringComparison.Ordinal) && file[..^Counter.Length] is var channel && Numbered(channel, "ch"))
            {
                yield return new EccDimmInfo(
                    $"{row}/{channel}",
                    machine.Line($"{directory}/{channel}_dimm_label"),
                    null,
                    machine.Line($"{directory}/mem_type"),
                    machine.Line($"{directory}/edac_mode"),
                    null,
                    Number.Long(machine.Line($"{directory}/{file}")),
                    Number.Long(machine.Line($"{directory}/{channel}_ue_count")));
            }
        }
    }

    private static long? Megabytes(string? text) => Number.Long(text) is >= 0 and < 1L << 40 and var megabytes ? megabytes << 20 : null;

    private static long? Sum(List<EccDimmInfo> dimms) => dimms.Count > 0 ? dimms.Sum(dimm => dimm.SizeBytes) : null;
}
