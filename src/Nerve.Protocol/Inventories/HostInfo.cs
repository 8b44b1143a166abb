namespace Nerve.Protocol.Inventories;

public sealed record HostInfo
{
    public string? Hostname { get; init; }
    public string? MachineId { get; init; }
    public string? BootId { get; init; }
    public DateTimeOffset? BootedAt { get; init; }
    public string? TimeZone { get; init; }
    public OsInfo Os { get; init; } = new(null, null, null);
    public string? Kernel { get; init; }
    public string? Arch { get; init; }

    /// <summary>As <c>systemd-detect-virt</c> names it: <c>none</c>, <c>kvm</c>, <c>vmware</c>, <c>docker</c>, <c>wsl</c>, …</summary>
    public string? Virtualization { get; init; }

    public SystemInfo System { get; init; } = new(null, null, null, null, null);
    public BoardInfo Board { get; init; } = new(null, null, null);
    public BiosInfo Bios { get; init; } = new(null, null, null);
    public BmcInfo? Bmc { get; init; }
}

/// <summary>From <c>os-release(5)</c>.</summary>
public sealed record OsInfo(string? Id, string? Name, string? Version);

/// <summary>SMBIOS type 1.</summary>
public sealed record SystemInfo(string? Vendor, string? Product, string? Version, string? Serial, string? Uuid);

/// <summary>SMBIOS type 2.</summary>
public sealed record BoardInfo(string? Vendor, string? Product, string? Serial);

/// <summary>SMBIOS type 0.</summary>
public sealed record BiosInfo(string? Vendor, string? Version, string? Date);

public sealed record BmcInfo(string? Address, string? Firmware);
