using Nerve.Agent.Linux;

namespace Nerve.Agent.Identity;

/// <summary>What the agent says about its host when it greets the center.</summary>
internal sealed record HostFacts(string Hostname, string? BootId, string? Fingerprint)
{
    private const int MaxHostname = 253;

    public static HostFacts Read(HostRoot root) =>
        new(ReadHostname(root), root.TryLine("/proc/sys/kernel/random/boot_id"), MachineFingerprint.Read(root));

    private static string ReadHostname(HostRoot root)
    {
        var name = root.TryLine("/proc/sys/kernel/hostname") ?? root.TryLine("/etc/hostname") ?? Environment.MachineName;
        return name.Length <= MaxHostname ? name : name[..MaxHostname];
    }
}
