using System.Text.Json.Serialization;

namespace Nerve.Protocol.Inventories;

public sealed record HostInfo
{
    public string? Hostname { get; init; }
    public string? MachineId { get; init; }
    public string? BootId { get; init; }

    [JsonConverter(typeof(UtcMillisecondsConverter))]
    public DateTimeOffset? BootedAt { get; init; }

    public string? TimeZone { get; init; }
    public OsInfo Os { get; set; } = new(null, null, null);
    public string? Kernel { get; init; }
    public string? Arch { get; init; }

    /// <summary>As <c>systemd-detect-virt</c> names it: <c>none</c>, <c>kvm</c>, <c>vmware</c>, <c>docker</c>, <c>wsl</c>, …</summary>
    public string? Virtualization { get; init; }

    public SystemInfo System { get; set; } = new(null, null, null, null, null);
    public BoardInfo Board { get; set; } = new(null, null, null);
    public BiosInfo Bios { get; set; } = new(null, null, null);
    /// <summary>Null where there is no SMBIOS, as on most small Arm boards.</summary>
    public ChassisInfo? Chassis { get; init; }

    /// <summary>The management controller; null when the firmware knows of none.</summary>
    public BmcInfo? Bmc { get; init; }

    public TimeSyncInfo? TimeSync { get; init; }
}

/// <summary>From <c>os-release(5)</c>.</summary>
public sealed record OsInfo(string? Id, string? Name, string? Version);

/// <summary>SMBIOS type 1; where there is none, what the device tree says.</summary>
public sealed record SystemInfo(string? Vendor, string? Product, string? Version, string? Serial, string? Uuid)
{
    public string? Family { get; init; }
    public string? Sku { get; init; }
}

/// <summary>SMBIOS type 2.</summary>
public sealed record BoardInfo(string? Vendor, string? Product, string? Serial)
{
    public string? Version { get; init; }
    public string? AssetTag { get; init; }
}

/// <summary>SMBIOS type 0.</summary>
public sealed record BiosInfo(string? Vendor, string? Version, string? Date)
{
    /// <summary>Major and minor release, such as <c>5.14</c>.</summary>
    public string? Release { get; init; }
}

/// <summary>SMBIOS type 3.</summary>
/// <param name="Type">As <c>dmidecode(8)</c> writes it: <c>Rack Mount Chassis</c>, <c>Blade</c>, <c>Multi-system</c>, …</param>
public sealed record ChassisInfo(string? Type, string? Vendor, string? Version, string? Serial, string? AssetTag);

/// <summary>The management controller, from the kernel's IPMI driver, SMBIOS types 38 and 42, and the controller itself.</summary>
/// <param name="Address">Its IPv4 address on the management network, of its first LAN channel that has one.</param>
/// <param name="Firmware">Major and minor revision, such as <c>2.90</c>.</param>
public sealed record BmcInfo(string? Address, string? Firmware)
{
    /// <summary>How the host reaches it: <c>KCS</c>, <c>SMIC</c>, <c>BT</c>, <c>SSIF</c>.</summary>
    public string? Interface { get; init; }

    public string? IpmiVersion { get; init; }

    /// <summary>By its number at IANA, such as <c>Dell</c>, or the number itself.</summary>
    public string? Manufacturer { get; init; }

    /// <summary>The manufacturer's number for the product.</summary>
    public string? Product { get; init; }

    public string? Guid { get; init; }

    /// <summary>How it came to its <c>address</c>: <c>static</c>, <c>dhcp</c>, <c>bios</c>, <c>other</c>.</summary>
    public string? AddressSource { get; init; }

    public string? Netmask { get; init; }
    public string? Gateway { get; init; }
    public string? Mac { get; init; }

    /// <summary>Null when its channel is in none.</summary>
    public int? Vlan { get; init; }

    /// <summary>Where its Redfish service answers the host itself, mostly a link-local address on a USB network card.</summary>
    public string? RedfishAddress { get; init; }
}

/// <summary>How the clock is kept right.</summary>
/// <param name="Synchronized">What the kernel, or the service's state file, says; null when neither does.</param>
/// <param name="Service">The one that runs: <c>chrony</c>, <c>systemd-timesyncd</c>, <c>ntpd</c>, <c>ptp4l</c>, …; null when none is seen.</param>
/// <param name="Servers">As configured.</param>
public sealed record TimeSyncInfo(bool? Synchronized, string? Service, IReadOnlyList<string> Servers);
