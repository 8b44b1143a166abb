namespace Nerve.Protocol.Inventories;

/// <summary>A disk as the machine uses it: several paths to one are one disk.</summary>
public sealed record DiskInfo
{
    /// <summary>The kernel's name: <c>sda</c>, <c>nvme0n1</c>, or <c>dm-0</c> for a disk behind device-mapper multipath. Of a disk behind a RAID
    /// controller, which the kernel does not have: as <c>smartctl</c> reaches it, such as <c>bus/0:megaraid,8</c>.</summary>
    public string Name { get; set; } = "";

    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Serial { get; init; }
    public string? Firmware { get; init; }
    public string? Wwn { get; init; }

    /// <summary><c>sata</c>, <c>sas</c>, <c>nvme</c>, <c>virtio</c>, <c>usb</c>, <c>mmc</c>, <c>fc</c>, <c>iscsi</c>, <c>xen</c>, or null.</summary>
    public string? Transport { get; init; }

    public bool? Rotational { get; init; }
    public long? SizeBytes { get; init; }
    public int? LogicalSectorBytes { get; init; }
    public int? PhysicalSectorBytes { get; init; }
    public bool? ReadOnly { get; init; }
    public bool? Removable { get; init; }

    /// <summary>The kernel's word for how the device is: <c>running</c>, <c>live</c>, <c>offline</c>, <c>dead</c>, …</summary>
    public string? State { get; init; }

    /// <summary>Of the PCI function it hangs off.</summary>
    public string? PciAddress { get; init; }

    public int? NumaNode { get; init; }

    /// <summary>The name given to a multipath disk, such as <c>mpatha</c>.</summary>
    public string? Alias { get; init; }

    /// <summary>The ways to it, where there may be several; empty for a disk with one.</summary>
    public IReadOnlyList<DiskPathInfo> Paths { get; set; } = [];

    /// <summary>How <c>smartctl -d</c> reaches it behind a RAID controller: <c>megaraid,8</c>; null for a disk of the kernel's own.</summary>
    public string? Behind { get; init; }

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

    /// <summary>Without what grows on every disk, or with every bad cable; what is wrong with the disk itself stays.</summary>
    internal SmartInfo WithoutReadings() => this with
    {
        TemperatureCelsius = null,
        PowerOnHours = null,
        PowerCycles = null,
        InterfaceErrors = null,
        BytesWritten = null,
        BytesRead = null,
    };
}

/// <param name="Name">A SCSI disk or a NVMe controller.</param>
/// <param name="State">The kernel's word: <c>running</c>, <c>live</c>, <c>offline</c>, <c>connecting</c>, …</param>
/// <param name="Address">Where it leads: a PCI address, or <c>traddr=…</c> of a NVMe fabric.</param>
public sealed record DiskPathInfo(string Name, string? State, string? Address);

/// <summary>Several disks as one: Linux software RAID (md), or a drive that a RAID controller made.</summary>
/// <param name="Name">The kernel's; of hardware whose drive the kernel does not show, as its tool names it: <c>c0/v1</c>.</param>
/// <param name="State"><c>active</c>, <c>inactive</c>, <c>degraded</c>, or what is done to it: <c>recovery</c>, <c>resync</c>, <c>reshape</c>, <c>check</c>, <c>repair</c>.</param>
/// <param name="Disks">As many as it has when whole.</param>
/// <param name="ActiveDisks">As many of them as work.</param>
public sealed record RaidInfo(string Name, string? Level, string? State, int? Disks, int? ActiveDisks)
{
    /// <summary><c>md</c> or <c>hardware</c>.</summary>
    public string Kind { get; set; } = "md";

    public long? SizeBytes { get; init; }
    public bool ReadOnly { get; init; }

    /// <summary>Of hardware: the driver of its controller.</summary>
    public string? Controller { get; init; }

    /// <summary>Of hardware: the name that somebody gave it.</summary>
    public string? Label { get; init; }

    /// <summary>Of hardware: <c>writeBack</c> or <c>writeThrough</c>, as it is now and not as it was wished.</summary>
    public string? WriteCache { get; init; }

    public IReadOnlyList<RaidMemberInfo> Members { get; set; } = [];
}

/// <param name="Device">The partition or disk; a member of hardware that is no disk here is named by where it is.</param>
/// <param name="Slot">Its number in the array.</param>
/// <param name="State"><c>active</c>, <c>faulty</c>, <c>spare</c>, <c>journal</c>, <c>replacement</c>, <c>writeMostly</c>, or of hardware
/// <c>rebuilding</c>, <c>missing</c>, <c>offline</c>.</param>
public sealed record RaidMemberInfo(string Device, int? Slot, string State)
{
    /// <summary>Of hardware: where the disk is, as its controller's tool writes it, such as enclosure and slot <c>252:3</c>.</summary>
    public string? Location { get; init; }
}

/// <summary>A volume that the device mapper made of disks, partitions or other volumes.</summary>
/// <param name="Name">As below <c>/dev/mapper</c>.</param>
/// <param name="Device">The kernel's name: <c>dm-0</c>.</param>
/// <param name="Kind"><c>lvm</c>, <c>crypt</c>, <c>multipath</c>, <c>partition</c>, <c>raid</c>, … from the prefix of its UUID; null when it has none.</param>
/// <param name="Devices">What it lies on.</param>
public sealed record VolumeInfo(string Name, string Device, string? Kind, long? SizeBytes, IReadOnlyList<string> Devices);

/// <summary>What the disks that are no NVMe hang off.</summary>
/// <param name="Host">The kernel's name: <c>host0</c>.</param>
/// <param name="Driver">Such as <c>ahci</c>, <c>megaraid_sas</c>, <c>mpt3sas</c>, <c>smartpqi</c>.</param>
public sealed record StorageControllerInfo(string Host, string? Driver, string? Model, string? Firmware, string? PciAddress)
{
    public string? Serial { get; init; }

    /// <summary>Of a RAID controller, by its tool: <c>Optimal</c>, <c>Degraded</c>, <c>Needs Attention</c>, …</summary>
    public string? State { get; init; }

    public long? CacheBytes { get; init; }

    /// <summary>The battery or capacitor that keeps the cache when power fails.</summary>
    public string? BatteryModel { get; init; }

    /// <summary>In the tool's words: <c>Optimal</c>, <c>Learning</c>, <c>Failed</c>, …</summary>
    public string? BatteryState { get; init; }
}

public sealed record FilesystemInfo(string Device, string MountPoint, string Type, long? SizeBytes, bool ReadOnly)
{
    public string? Uuid { get; init; }
    public string? Label { get; init; }
}
