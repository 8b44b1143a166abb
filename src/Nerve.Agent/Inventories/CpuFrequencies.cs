using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What the processors may run at; null where the kernel does not scale them.</summary>
internal sealed record CpuFrequencies(double? Base, double? Min, double? Max)
{
    public static CpuFrequencies Collect(Machine machine, string? model)
    {
        var directories = CpuTopology.Cpus(machine).Select(cpu => $"{CpuTopology.Directory}/{cpu}/cpufreq").Where(machine.Root.IsDirectory).ToList();
        return new CpuFrequencies(
            Base: Megahertz(machine, directories, "base_frequency").Max() ?? Printed(model) ?? Nominal(machine) ?? Number.Double(machine.CpuInfo.First("cpu MHz static")),
            Min: Megahertz(machine, directories, "cpuinfo_min_freq").Min(),
            Max: Megahertz(machine, directories, "cpuinfo_max_freq").Max());
    }

    private static IEnumerable<double?> Megahertz(Machine machine, List<string> directories, string name) =>
        directories.Select(directory => Number.Long(machine.Line($"{directory}/{name}"))).Select(kilohertz => kilohertz > 0 ? kilohertz / 1000.0 : null);

    // What the firmware guarantees (ACPI CPPC), in MHz; AMD has it here only.
    private static double? Nominal(Machine machine) =>
        Number.Int(machine.Line($"{CpuTopology.Directory}/cpu0/acpi_cppc/nominal_freq")) is > 0 and var megahertz ? megahertz : null;

    // Intel prints the base frequency in the name: "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz".
    private static double? Printed(string? model)
    {
        var at = model?.LastIndexOf('@') ?? -1;
        if (at < 0)
        {
            return null;
        }

        var text = model![(at + 1)..].Trim();
        return text.EndsWith("GHz", StringComparison.Ordinal) && Number.Double(text[..^3]) is { } gigahertz ? Math.Round(gigahertz * 1000, 3)
            : text.EndsWith("MHz", StringComparison.Ordinal) ? Number.Double(text[..^3])
            : null;
    }
}
