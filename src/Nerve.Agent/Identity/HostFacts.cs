using Nerve.Agent.Linux;

namespace Nerve.Agent.Identity;

/// <summary>What the agent says about its host when it greets the center.</summary>
internal sealed record HostFacts(string Hostname, string? BootId, string? Fingerprint)
{
    private const int MaxHostname = 253;

    // The agent must start whatever hangs.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    public static HostFacts Read(HostRoot root)
    {
        try
        {
            var runner = new PatientRunner(root, s_limit);
            var facts = runner.Run(files =>
                new HostFacts(ReadHostname(files), files.TryLine("/proc/sys/kernel/random/boot_id"), MachineFingerprint.Read(files)));
            // Of fewer identifiers it would be another machine's.
            return runner.Stuck.Count == 0 ? facts : facts with { Fingerprint = null };
        }
        catch (TimeoutException)
        {
            return new HostFacts(Environment.MachineName, null, null);
        }
    }

    /// <summary>The name now: a host may get its own only after the agent's start, or another one.</summary>
    public string CurrentHostname(HostRoot root)
    {
        try
        {
            return new PatientRunner(root, s_limit).Run(ReadHostname);
        }
        catch (TimeoutException)
        {
            return Hostname;
        }
    }

    private static string ReadHostname(HostRoot root)
    {
        var name = root.TryLine("/proc/sys/kernel/hostname") ?? root.TryLine("/etc/hostname") ?? Environment.MachineName;
        return name.Length <= MaxHostname ? name : name[..MaxHostname];
    }
}
