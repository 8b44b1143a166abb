using System.Globalization;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Disks.Raid;

/// <summary>What the kernel calls the things that a controller's tool numbers.</summary>
internal sealed class KernelNames(HostRoot root)
{
    // megaraid_sas puts what was made of disks into channels 2 and 3, 128 to each.
    private const int FirstChannel = 2;
    private const int DrivesInChannel = 128;

    private readonly List<RaidHost> _hosts = [.. RaidDrivers.Find(root)];

    /// <summary>A controller's: <c>host0</c>.</summary>
    public string? HostAt(string pciAddress) => Host(pciAddress)?.Host;

    /// <summary>The disk that a controller made: <c>sda</c>.</summary>
    public string? DriveAt(string pciAddress, int? number)
    {
        if (Host(pciAddress) is not { Driver: "megaraid_sas" } host || number is not { } drive)
        {
            return null;
        }

        var address = string.Create(
            CultureInfo.InvariantCulture, $"{host.Number}:{FirstChannel + (drive / DrivesInChannel)}:{drive % DrivesInChannel}:0");
        return root.List($"/sys/bus/scsi/devices/{address}/block") is [var name, ..] ? name : null;
    }

    /// <summary>The disk behind it, as the inventory calls it.</summary>
    public string? MemberAt(string pciAddress, int? number) => Host(pciAddress) is { Driver: "megaraid_sas" } host && number is { } disk
        ? new MemberName($"bus/{host.Number}", string.Create(CultureInfo.InvariantCulture, $"megaraid,{disk}")).ToString()
        : null;

    private RaidHost? Host(string pciAddress) => _hosts.Find(host => host.PciAddress == pciAddress);
}
