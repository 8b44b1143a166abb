using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Who the machine is and since when it runs, from the kernel and <c>/etc</c>.</summary>
internal static class KernelFacts
{
    public static HostInfo Add(HostInfo host, Machine machine) => host with
    {
        Hostname = machine.Line("/proc/sys/kernel/hostname") ?? machine.Line("/etc/hostname"),
        MachineId = machine.Line("/etc/machine-id") ?? machine.Line("/var/lib/dbus/machine-id"),
        BootId = machine.Line("/proc/sys/kernel/random/boot_id"),
        BootedAt = BootedAt(machine),
        Kernel = machine.Line("/proc/sys/kernel/osrelease") ?? KernelOf(machine.Line("/proc/version")),
    };

    private static DateTimeOffset? BootedAt(Machine machine)
    {
        var line = machine.Text("/proc/stat")?.Split('\n').FirstOrDefault(line => line.StartsWith("btime ", StringComparison.Ordinal));
        return Number.Long(line?[6..].Trim()) is > 0 and < 253402300800 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    // "Linux version 5.10.0-19-amd64 (debian-kernel@…"
    private static string? KernelOf(string? version) => version?.Split(' ') is ["Linux", "version", var release, ..] ? release : null;
}
