using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The disks, from sysfs and from what udev asked them. As for <c>lsblk(8)</c>, udev counts first: the kernel's
/// SCSI layer cuts a model to 16 letters and a revision to 4.</summary>
internal static class DiskFacts
{
    private const int SectorSize = 512;

    public static IReadOnlyList<DiskInfo> Collect(Machine machine)
    {
        var maps = MultipathMaps.Collect(machine);
        var paths = maps.SelectMany(map => map.Paths).ToHashSet(StringComparer.Ordinal);
        var disks = new List<DiskInfo>();
        foreach (var name in BlockDevices.Names(machine.Root))
        {
            if (maps.FirstOrDefault(map => map.Device == name) is { } map)
            {
                machine.Guard($"/sys/block/{name}", () => disks.Add(Behind(machine, map)));
            }
            else if (!paths.Contains(name) && BlockDevices.IsDisk(machine.Root, name))
            {
                machine.Guard($"/sys/block/{name}", () => disks.Add(Describe(machine, name)));
            }
        }

        return disks;
    }

    private static DiskInfo Describe(Machine machine, string name)
    {
        var directory = BlockDevices.Path(machine.Root, name);
        var device = DeviceDirectory(machine, directory);
        var udev = UdevRecord.OfBlockDevice(machine, machine.Line($"{directory}/dev"));
        var identity = AtaIdentity.Read(machine, device);
        return new DiskInfo
        {
            Name = name.Replace('!', '/'),
            Vendor = Vendor(machine.Line($"{device}/vendor")),
            Model = udev.Model ?? identity?.Model ?? machine.Line($"{device}/model") ?? machine.Line($"{device}/name"),
            Serial = udev.Value("ID_SERIAL_SHORT") ?? identity?.Serial ?? ScsiSerial(machine, device) ?? machine.Line($"{device}/serial") ?? machine.Line($"{directory}/serial"),
            Firmware = udev.Value("ID_REVISION")
                ?? identity?.Firmware
                ?? machine.Line($"{device}/firmware_rev")
                ?? machine.Line($"{device}/rev")
                ?? machine.Line($"{device}/fwrev"),
            Wwn = udev.Value("ID_WWN_WITH_EXTENSION") ?? udev.Value("ID_WWN") ?? Wwn(machine.Line($"{directory}/wwid") ?? machine.Line($"{device}/wwid")),
            Transport = DiskTransport.Of(machine, directory),
            Rotational = Flag(machine.Line($"{directory}/queue/rotational")),
            SizeBytes = Size(machine, directory),
            LogicalSectorBytes = Number.Int(machine.Line($"{directory}/queue/logical_block_size")),
            PhysicalSectorBytes = Number.Int(machine.Line($"{directory}/queue/physical_block_size")),
            ReadOnly = Flag(machine.Line($"{directory}/ro")),
            Removable = Flag(machine.Line($"{directory}/removable")),
            State = machine.Line($"{device}/state"),
            PciAddress = PciAddress.OfDevice(machine.Root.Resolve(device)),
            NumaNode = Number.Int(machine.Line($"{device}/numa_node") ?? machine.Line($"{device}/device/numa_node")) is >= 0 and var node ? node : null,
            Paths = NvmePaths(machine, name),
        };
    }

    // A disk with several ways to it is what its first way says it is.
    private static DiskInfo Behind(Machine machine, MultipathMap map)
    {
        var first = map.Paths.Count > 0 ? Describe(machine, map.Paths[0]) : new DiskInfo();
        return first with
        {
            Name = map.Device,
            Alias = map.Name,
            SizeBytes = Size(machine, BlockDevices.Path(machine.Root, map.Device)) ?? first.SizeBytes,
            State = null,
            Paths = [.. map.Paths.Select(path => new DiskPathInfo(
                path, machine.Line($"{BlockDevices.Path(machine.Root, path)}/device/state"), machine.Root.LinkName($"{BlockDevices.Path(machine.Root, path)}/device")))],
        };
    }

    private static List<DiskPathInfo> NvmePaths(Machine machine, string name)
    {
        var (subsystem, controllers) = NvmeNamespaces.ControllersOf(machine.Root, name);
        return controllers.Count < 2 ? [] : [.. controllers.Select(controller => new DiskPathInfo(
            controller, machine.Line($"{subsystem}/{controller}/state"), machine.Line($"{subsystem}/{controller}/address")))];
    }

    // What a namespace hangs off, even where a capture has lost the link.
    private static string DeviceDirectory(Machine machine, string directory) =>
        machine.Root.IsDirectory($"{directory}/device") || machine.Root.Resolve(directory) is not { } resolved || !resolved.Contains("/nvme", StringComparison.Ordinal)
            ? $"{directory}/device"
            : resolved[..resolved.LastIndexOf('/')];

    private static long? Size(Machine machine, string directory) =>
        Number.Long(machine.Line($"{directory}/size")) is >= 0 and <= long.MaxValue / SectorSize and var sectors ? sectors * SectorSize : null;

    // SATA disks say who translates for them, virtio disks a number.
    private static string? Vendor(string? vendor) => vendor is "ATA" || vendor?.StartsWith("0x", StringComparison.Ordinal) == true ? null : vendor;

    // As udev writes it: "naa.5000c500a1b2c3d4" is 0x5000c500a1b2c3d4. What begins with "t10." is the name, not a number.
    private static string? Wwn(string? wwid) =>
        wwid is null || wwid.StartsWith("t10.", StringComparison.Ordinal) ? null
        : wwid.StartsWith("naa.", StringComparison.Ordinal) ? $"0x{wwid[4..]}"
        : wwid;

    private static bool? Flag(string? text) => text switch { "1" => true, "0" => false, _ => null };

    // The SCSI page "Unit Serial Number": four bytes of header, then text. udev has it too.
    private static string? ScsiSerial(Machine machine, string device) =>
        machine.Quietly($"{device}/vpd_pg80") is { Length: > 4 } page && page[1] == 0x80
            ? System.Text.Encoding.ASCII.GetString(page, 4, page.Length - 4).Trim(' ', '\0') is { Length: > 0 } serial ? serial : null
            : null;
}
