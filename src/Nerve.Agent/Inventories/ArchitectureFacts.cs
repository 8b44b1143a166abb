using System.Runtime.InteropServices;

namespace Nerve.Agent.Inventories;

/// <summary>The machine's architecture as <c>uname -m</c> writes it.</summary>
internal static class ArchitectureFacts
{
    public static string? Collect(Machine machine) => machine.Root.IsLive ? Running() : Described(machine.CpuInfo);

    private static string? Running() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.X86 => "i686",
        Architecture.Arm64 => "aarch64",
        Architecture.Arm => "armv7l",
        Architecture.S390x => "s390x",
        Architecture.LoongArch64 => "loongarch64",
        Architecture.Ppc64le => "ppc64le",
        Architecture.RiscV64 => "riscv64",
        _ => null,
    };

    // Another machine's files: only what its cpuinfo leaves no doubt about.
    private static string? Described(CpuInfoFile cpu) => cpu.Family switch
    {
        CpuFamily.X86 => cpu.Words("flags").Contains("lm") ? "x86_64" : "i686",
        CpuFamily.Arm when cpu.First("CPU architecture") is "8" or "AArch64" => "aarch64",
        CpuFamily.Arm when cpu.First("CPU architecture") is "7" => "armv7l",
        CpuFamily.S390 => "s390x",
        CpuFamily.LoongArch => "loongarch64",
        CpuFamily.RiscV when cpu.First("isa")?.StartsWith("rv64", StringComparison.Ordinal) == true => "riscv64",
        _ => null,
    };
}
