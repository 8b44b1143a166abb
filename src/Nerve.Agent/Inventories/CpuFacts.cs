using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The processors, counted and named as <c>lscpu(1)</c> does.</summary>
internal static class CpuFacts
{
    public static CpuInfo Collect(Machine machine)
    {
        var file = machine.CpuInfo;
        var name = CpuName.Of(file);
        var topology = CpuTopology.Collect(machine);
        var frequencies = CpuFrequencies.Collect(machine, name.Model);
        var flags = Flags(file);
        return new CpuInfo
        {
            Vendor = name.Vendor,
            Model = name.Model,
            Family = name.Family,
            ModelNumber = name.ModelNumber,
            Stepping = name.Stepping,
            Microcode = file.First("microcode"),
            Sockets = topology.Sockets,
            Cores = topology.Cores,
            Threads = topology.Threads,
            ThreadsOnline = topology.ThreadsOnline,
            ThreadsPerCore = topology.ThreadsPerCore,
            NumaNodes = topology.NumaNodes,
            BaseMhz = frequencies.Base,
            MinMhz = frequencies.Min,
            MaxMhz = frequencies.Max,
            Flags = flags,
            VirtualizationFeature = flags.Contains("vmx") ? "vmx" : flags.Contains("svm") ? "svm" : null,
            Caches = CpuCaches.Collect(machine),
            Vulnerabilities = Vulnerabilities(machine),
        };
    }

    private static IReadOnlyList<string> Flags(CpuInfoFile file) => file.Family switch
    {
        CpuFamily.X86 => file.Words("flags"),
        CpuFamily.S390 => file.Words("features"),
        _ => file.Words("Features"),
    };

    private static SortedDictionary<string, string> Vulnerabilities(Machine machine)
    {
        const string Directory = "/sys/devices/system/cpu/vulnerabilities";
        var vulnerabilities = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in machine.List(Directory))
        {
            if (machine.Line($"{Directory}/{name}") is { } state)
            {
                vulnerabilities[name] = state;
            }
        }

        return vulnerabilities;
    }
}
