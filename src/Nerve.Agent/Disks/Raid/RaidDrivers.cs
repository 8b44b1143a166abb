using Nerve.Agent.Linux;

namespace Nerve.Agent.Disks.Raid;

/// <summary>The kernel's drivers of RAID controllers, behind which disks are that it does not show.</summary>
internal static class RaidDrivers
{
    private const string Hosts = "/sys/class/scsi_host";

    private static readonly string[] s_drivers = ["megaraid_sas", "hpsa", "smartpqi", "aacraid", "arcmsr"];

    /// <summary>The controllers by the kernel's numbers: <c>host0</c>.</summary>
    public static IEnumerable<RaidHost> Find(HostRoot root)
    {
        foreach (var host in root.List(Hosts))
        {
            if (root.TryLine($"{Hosts}/{host}/proc_name") is { } driver && s_drivers.Contains(driver))
            {
                yield return new RaidHost(host, driver, PciAddress.OfDevice(root.Resolve($"{Hosts}/{host}")));
            }
        }
    }
}

internal sealed record RaidHost(string Host, string Driver, string? PciAddress)
{
    /// <summary>What <c>/dev/bus/0</c> and SCSI addresses call it.</summary>
    public string Number => Host["host".Length..];
}
