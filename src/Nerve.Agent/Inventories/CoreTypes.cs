using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The kinds of cores of a hybrid machine: performance and efficiency cores, Arm's big and little ones.</summary>
internal static class CoreTypes
{
    // The performance monitors of Intel's hybrid processors, which say whose they are.
    private static readonly (string Directory, string Name)[] s_intel =
        [("cpu_core", "performance"), ("cpu_atom", "efficiency"), ("cpu_lowpower", "lowPower")];

    public static IReadOnlyList<CoreTypeInfo> Collect(Machine machine)
    {
        var groups = Intel(machine);
        groups = groups.Count > 1 ? groups : Arm(machine);
        groups = groups.Count > 1 ? groups : Frequencies(machine);
        return groups.Count > 1 ? [.. groups.Select(group => Describe(machine, group.Name, group.Cpus))] : [];
    }

    private static List<Group> Intel(Machine machine)
    {
        var groups = new List<Group>();
        foreach (var (directory, name) in s_intel)
        {
            if (CpuList.Parse(machine.Line($"/sys/devices/{directory}/cpus")) is { Count: > 0 } cpus)
            {
                groups.Add(new(name, cpus));
            }
        }

        return groups;
    }

    // On Arm every processor has its own model in cpuinfo.
    private static List<Group> Arm(Machine machine)
    {
        var groups = new List<Group>();
        if (machine.CpuInfo.Family != CpuFamily.Arm)
        {
            return groups;
        }

        foreach (var cpu in machine.CpuInfo.Processors)
        {
            if (Number.Int(cpu.GetValueOrDefault("processor")) is { } number && ModelOf(cpu) is { } model)
            {
                Add(groups, model, number);
            }
        }

        return groups;
    }

    // Without those monitors, as in a captured tree or a virtual machine: each kind has a frequency of its own that it is made for. Servers may give
    // some of their equal cores a higher one, and have the monitor of equal cores; turbo frequencies differ between equal cores anyway.
    private static List<Group> Frequencies(Machine machine)
    {
        if (machine.CpuInfo.Family != CpuFamily.X86 || machine.Root.IsDirectory("/sys/devices/cpu"))
        {
            return [];
        }

        // The groups stand by their frequency until they are put in order.
        var groups = new List<Group>();
        foreach (var name in CpuTopology.Cpus(machine))
        {
            var directory = $"{CpuTopology.Directory}/{name}";
            if (Number.Int(name["cpu".Length..]) is { } cpu
                && (machine.Line($"{directory}/cpufreq/base_frequency") ?? machine.Line($"{directory}/acpi_cppc/nominal_freq")) is { } frequency)
            {
                Add(groups, frequency, cpu);
            }
        }

        groups.Sort((one, other) => Nullable.Compare(Number.Long(other.Name), Number.Long(one.Name)));
        return groups.Count > s_intel.Length ? [] : groups.ConvertAll(group => new Group(s_intel[groups.IndexOf(group)].Name, group.Cpus));
    }

    private static void Add(List<Group> groups, string name, int cpu)
    {
        var known = groups.FindIndex(group => group.Name == name);
        if (known < 0)
        {
            groups.Add(new(name, new List<int> { cpu }));
        }
        else
        {
            ((List<int>)groups[known].Cpus).Add(cpu);
        }
    }

    private static string? ModelOf(IReadOnlyDictionary<string, string> cpu) =>
        ArmNames.Part(Number.Hex(cpu.GetValueOrDefault("CPU implementer")), Number.Hex(cpu.GetValueOrDefault("CPU part"))) ?? cpu.GetValueOrDefault("CPU part");

    private static CoreTypeInfo Describe(Machine machine, string name, IReadOnlyList<int> cpus)
    {
        var cores = new HashSet<string>(StringComparer.Ordinal);
        double? fastest = null;
        foreach (var cpu in cpus)
        {
            var directory = $"{CpuTopology.Directory}/cpu{cpu}";
            if ((machine.Line($"{directory}/topology/core_cpus_list") ?? machine.Line($"{directory}/topology/thread_siblings_list")) is { } siblings)
            {
                cores.Add(siblings);
            }

            if (Number.Long(machine.Line($"{directory}/cpufreq/cpuinfo_max_freq")) is > 0 and var kilohertz)
            {
                fastest = Math.Max(fastest ?? 0, kilohertz / 1000.0);
            }
        }

        return new CoreTypeInfo(name, cores.Count > 0 ? cores.Count : null, cpus.Count, CpuList.Format(cpus), fastest);
    }

    private sealed record Group(string Name, IReadOnlyList<int> Cpus);
}
