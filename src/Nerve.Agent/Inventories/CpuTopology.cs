using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>Sockets, cores and threads.</summary>
/// <param name="OfflineCpus">Null when all are on-line or it cannot be told.</param>
/// <param name="Threads">Present, whether on-line or not.</param>
/// <param name="Cores">With at least one thread on-line: the kernel says nothing of the others.</param>
internal sealed record CpuTopology(int? Sockets, int? Cores, int? Threads, int? ThreadsOnline, int? ThreadsPerCore, string? OfflineCpus)
{
    public const string Directory = "/sys/devices/system/cpu";

    public static CpuTopology Collect(Machine machine)
    {
        var cpus = Cpus(machine);
        var listed = machine.CpuInfo.ProcessorCount;
        var present = CpuList.Parse(machine.Line($"{Directory}/present"))?.Count ?? (cpus.Count > 0 ? cpus.Count : listed);
        var online = CpuList.Parse(machine.Line($"{Directory}/online"))?.Count ?? CountOnline(machine, cpus) ?? listed;
        var counts = FromSysfs(machine, cpus) ?? FromCpuInfo(machine.CpuInfo) ?? (present == 1 ? (1, 1, 1) : (null, null, null));
        return new CpuTopology(counts.Sockets, counts.Cores, present, online, counts.ThreadsPerCore, Offline(machine));
    }

    /// <summary>The names <c>cpu0</c>, <c>cpu1</c>, … in the kernel's list.</summary>
    public static IReadOnlyList<string> Cpus(Machine machine) =>
        [.. machine.List(Directory).Where(name => name.StartsWith("cpu", StringComparison.Ordinal) && Number.Int(name[3..]) is not null)];

    // The first CPU often cannot be taken off-line, and then has no such file.
    private static int? CountOnline(Machine machine, IReadOnlyList<string> cpus) =>
        cpus.Count > 0 ? cpus.Count(cpu => machine.Line($"{Directory}/{cpu}/online") != "0") : null;

    // "offline" also lists the CPUs that could be plugged in, up to what the kernel was built for.
    private static string? Offline(Machine machine) =>
        CpuList.Parse(machine.Line($"{Directory}/present")) is { } present
        && CpuList.Parse(machine.Line($"{Directory}/online")) is { } online
        && CpuList.Format(present.Except(online)) is { Length: > 0 } offline
            ? offline
            : null;

    // Counted by which threads the kernel says belong together: ids repeat, are -1 or have gaps.
    private static (int? Sockets, int? Cores, int? ThreadsPerCore)? FromSysfs(Machine machine, IReadOnlyList<string> cpus)
    {
        var sockets = new HashSet<string>(StringComparer.Ordinal);
        var cores = new HashSet<string>(StringComparer.Ordinal);
        var threadsPerCore = 0;
        foreach (var cpu in cpus)
        {
            var topology = $"{Directory}/{cpu}/topology";
            var socket = Siblings(machine, topology, "package_cpus", "core_siblings") ?? machine.Line($"{topology}/physical_package_id");
            var core = Siblings(machine, topology, "core_cpus", "thread_siblings")
                ?? (machine.Line($"{topology}/core_id") is { } id ? $"{socket}:{id}" : null);
            if (socket is null || core is null)
            {
                // An off-line CPU has no topology.
                continue;
            }

            sockets.Add(socket);
            cores.Add(core);
            threadsPerCore = Math.Max(threadsPerCore, CpuList.CountMask(core) ?? 0);
        }

        return cores.Count == 0
            ? null
            : (sockets.Count, cores.Count, threadsPerCore > 0 ? threadsPerCore : PerCore(machine.CpuInfo.ProcessorCount ?? cpus.Count, cores.Count));
    }

    private static string? Siblings(Machine machine, string topology, string name, string oldName) =>
        machine.Line($"{topology}/{name}") ?? machine.Line($"{topology}/{oldName}");

    // x86 says in cpuinfo what older kernels and captures have no sysfs for.
    private static (int? Sockets, int? Cores, int? ThreadsPerCore)? FromCpuInfo(CpuInfoFile file)
    {
        var ids = file.Processors
            .Select(cpu => new Place(cpu.GetValueOrDefault("physical id") ?? cpu.GetValueOrDefault("package"), cpu.GetValueOrDefault("core id") ?? cpu.GetValueOrDefault("core")))
            .ToList();
        if (ids.Count == 0 || ids.Exists(id => id.Socket is null || id.Core is null))
        {
            return null;
        }

        var cores = ids.Distinct().Count();
        return (ids.DistinctBy(id => id.Socket).Count(), cores, PerCore(ids.Count, cores));
    }

    private static int? PerCore(int threads, int cores) => threads % cores == 0 ? threads / cores : null;

    private sealed record Place(string? Socket, string? Core);
}
