using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What a processor calls itself; each architecture has its own words for it.</summary>
internal sealed record CpuName(string? Vendor, string? Model, string? Family, string? ModelNumber, string? Stepping)
{
    public static CpuName Of(CpuInfoFile file) => file.Family switch
    {
        CpuFamily.X86 => new(
            file.First("vendor_id"), file.First("model name"), file.First("cpu family"), file.First("model"), file.First("stepping")),
        CpuFamily.Arm => Arm(file),
        CpuFamily.Power => new(null, file.First("cpu"), null, file.First("revision"), null),
        CpuFamily.S390 => new(file.First("vendor_id"), null, null, null, null),
        CpuFamily.RiscV => new(file.First("mvendorid"), file.First("uarch"), file.First("marchid"), file.First("mimpid"), null),
        CpuFamily.LoongArch => new(null, file.First("Model Name"), file.First("CPU Family"), file.First("CPU Revision"), null),
        _ => new(file.First("vendor_id"), file.First("model name") ?? file.First("cpu model") ?? file.First("cpu"), null, null, null),
    };

    private static CpuName Arm(CpuInfoFile file)
    {
        var implementer = Number.Hex(file.First("CPU implementer"));
        var part = Number.Hex(file.First("CPU part"));
        var variant = Number.Hex(file.First("CPU variant"));
        var revision = file.First("CPU revision");
        return new CpuName(
            Vendor: ArmNames.Implementer(implementer) ?? file.First("CPU implementer"),
            Model: ArmNames.Part(implementer, part) ?? file.First("model name") ?? file.First("Processor"),
            Family: null,
            ModelNumber: revision,
            // Arm's own way to write it, as in its errata notices; others number their chips as they like.
            Stepping: implementer == ArmNames.ArmLimited && variant is not null && revision is not null ? $"r{variant}p{revision}" : file.First("CPU variant"));
    }
}
