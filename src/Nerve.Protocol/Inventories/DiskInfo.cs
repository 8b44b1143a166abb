namespace Nerve.Protocol.Inventories;

public sealed record DiskInfo
{
    public string Name { get; init; } = "";
    public string? Model { get; init; }
    public string? Serial { get; init; }
    public string? Firmware { get; init; }
    public string? Wwn { get; init; }

    /// <summary><c>sata</c>, <c>sas</c>, <c>nvme</c>, <c>virtio</c>, <c>usb</c>, <c>mmc</c>, or null.</summary>
    public string? Transport { get; init; }

    public bool? Rotational { get; init; }
    public long? SizeBytes { get; init; }
    public SmartInfo? Smart { get; init; }
}

public sealed record SmartInfo
{
    public bool Available { get; init; }
    public bool? Passed { get; init; }
    public double? TemperatureCelsius { get; init; }
    public long? PowerOnHours { get; init; }
    public double? PercentageUsed { get; init; }
    public long? ReallocatedSectors { get; init; }
    public long? PendingSectors { get; init; }
    public long? MediaErrors { get; init; }
    public int? CriticalWarning { get; init; }
}

public sealed record RaidInfo(string Name, string? Level, string? State, int? Disks, int? ActiveDisks);

public sealed record FilesystemInfo(string Device, string MountPoint, string Type, long? SizeBytes, bool ReadOnly);
