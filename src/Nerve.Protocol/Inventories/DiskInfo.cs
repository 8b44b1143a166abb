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

/// <summary>What a disk says of its own health, by <c>smartctl</c>.</summary>
public sealed record SmartInfo
{
    /// <summary>The disk has SMART or an NVMe health log, and it could be read.</summary>
    public bool Available { get; init; }

    /// <summary>The disk's own verdict; false means that it expects to fail.</summary>
    public bool? Passed { get; init; }

    public double? TemperatureCelsius { get; init; }
    public long? PowerOnHours { get; init; }
    public long? PowerCycles { get; init; }

    /// <summary>Of the writes that the maker warrants; may exceed 100. Solid-state disks only.</summary>
    public double? PercentageUsed { get; init; }

    /// <summary>What is left of the spare blocks (NVMe).</summary>
    public double? AvailableSparePercent { get; init; }

    /// <summary>ATA attribute 5; of SCSI disks the grown defect list.</summary>
    public long? ReallocatedSectors { get; init; }

    /// <summary>ATA attribute 197.</summary>
    public long? PendingSectors { get; init; }

    /// <summary>ATA attribute 198.</summary>
    public long? UncorrectableSectors { get; init; }

    /// <summary>Errors that reached the data: NVMe media errors, of SCSI disks the uncorrected of all error counters, of ATA disks attribute 187.</summary>
    public long? MediaErrors { get; init; }

    /// <summary>ATA attribute 199: mostly the cable.</summary>
    public long? InterfaceErrors { get; init; }

    /// <summary>NVMe, one bit for each: 1 spare low, 2 temperature, 4 reliability, 8 read only, 16 backup of the volatile memory.</summary>
    public int? CriticalWarning { get; init; }

    public long? BytesWritten { get; init; }
    public long? BytesRead { get; init; }
}

public sealed record RaidInfo(string Name, string? Level, string? State, int? Disks, int? ActiveDisks);

public sealed record FilesystemInfo(string Device, string MountPoint, string Type, long? SizeBytes, bool ReadOnly);
