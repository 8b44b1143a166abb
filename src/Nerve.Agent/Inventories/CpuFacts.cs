using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Linux;
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
        var numa = NumaFacts.Collect(machine);
        var addresses = AddressBits(file.First("address sizes") ?? file.First("Address Sizes"));
        return new CpuInfo
        {
            Vendor = name.Vendor,
            Model = name.Model,
            FirmwareModel = SmbiosHost.Processor(machine.Smbios),
            Family = name.Family,
            ModelNumber = name.ModelNumber,
            Stepping = name.Stepping,
            Microcode = file.First("microcode") ?? machine.Line("/sys/devices/system/cpu/cpu0/microcode/version"),
            MachineType = MachineType(file),
            Isa = file.Family == CpuFamily.RiscV ? file.First("isa") : null,
            ByteOrder = machine.Line("/sys/kernel/cpu_byteorder") is "little" or "big" ? machine.Line("/sys/kernel/cpu_byteorder") : ByteOrder(file.Family),
            PhysicalAddressBits = addresses.Physical,
            VirtualAddressBits = addresses.Virtual,
            Sockets = topology.Sockets,
            Cores = topology.Cores,
            Threads = topology.Threads,
            ThreadsOnline = topology.ThreadsOnline,
            OfflineCpus = topology.OfflineCpus,
            ThreadsPerCore = topology.ThreadsPerCore,
            NumaNodes = numa.Count > 0 ? numa.Count : null,
            Numa = numa,
            CoreTypes = CoreTypes.Collect(machine),
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
        // "sun4u", "sun4v": what lscpu shows as its flags.
        CpuFamily.Sparc => file.Words("type"),
        _ => file.Words("Features"),
    };

    // Architectures with one order only; Arm, POWER and MIPS have both.
    private static string? ByteOrder(CpuFamily family) => family switch
    {
        CpuFamily.X86 or CpuFamily.LoongArch or CpuFamily.RiscV => "little",
        CpuFamily.S390 or CpuFamily.Sparc => "big",
        _ => null,
    };

    // "46 bits physical, 48 bits virtual"
    private static (int? Physical, int? Virtual) AddressBits(string? sizes) =>
        sizes?.Split(' ') is [var physical, "bits", "physical,", var @virtual, "bits", "virtual"]
            ? (Number.Int(physical), Number.Int(@virtual))
            : (null, null);

    // s390: "processor 0: version = FF,  identification = 0133E8,  machine = 2964"
    private static string? MachineType(CpuInfoFile file)
    {
        const string Key = "machine = ";
        return file.Family == CpuFamily.S390
            && file.Entries.FirstOrDefault(entry => entry.Key.StartsWith("processor ", StringComparison.Ordinal)).Value is { } value
            && value.IndexOf(Key, StringComparison.Ordinal) is >= 0 and var start
                ? value[(start + Key.Length)..].Trim()
                : null;
    }

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
