using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The NUMA nodes with their processors and memory, from <c>/sys/devices/system/node</c>.</summary>
internal static class NumaFacts
{
    private const string Directory = "/sys/devices/system/node";

    public static IReadOnlyList<NumaNodeInfo> Collect(Machine machine) =>
    [
        .. machine.List(Directory)
            .Where(name => name.StartsWith("node", StringComparison.Ordinal) && Number.Int(name[4..]) is not null)
            .Select(name => Describe(machine, name)),
    ];

    private static NumaNodeInfo Describe(Machine machine, string name) => new(
        Number.Int(name[4..]) ?? 0,
        Cpus(machine, $"{Directory}/{name}"),
        Memory(machine.Text($"{Directory}/{name}/meminfo")),
        [.. (machine.Line($"{Directory}/{name}/distance") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number.Int).OfType<int>()]);

    private static string? Cpus(Machine machine, string directory) =>
        machine.Line($"{directory}/cpulist") is { } list && CpuList.Parse(list) is not null ? list
        // Kernels before 2.6.26 have the mask only.
        : machine.Line($"{directory}/cpumap") is { } map && CpuList.ParseMask(map) is { Count: > 0 } cpus ? CpuList.Format(cpus)
        : null;

    // "Node 0 MemTotal:       32734452 kB"
    private static long? Memory(string? meminfo)
    {
        foreach (var line in (meminfo ?? "").Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["Node", _, "MemTotal:", var kilobytes, "kB"])
            {
                return Number.Long(kilobytes) is >= 0 and < long.MaxValue / 1024 and var number ? number * 1024 : null;
            }
        }

        return null;
    }
}
