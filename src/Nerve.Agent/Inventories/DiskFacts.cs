using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The disks, from sysfs and from what udev asked them. As for <c>lsblk(8)</c>, udev counts first: the kernel's
/// SCSI layer cuts a model to 16 letters and a revision to 4.</summary>
internal static class DiskFacts
{
    private const int SectorSize = 512;

    public static IReadOnlyList<DiskInfo> Collect(Machine machine) =>
        [.. machine.List("/sys/block").Where(name => BlockDevices.IsDisk(machine.Root, name)).Select(name => Describe(machine, name))];

    private static DiskInfo Describe(Machine machine, string name)
    {
        var directory = BlockDevices.Path(name);
        var udev = UdevRecord.OfBlockDevice(machine, machine.Line($"{directory}/dev"));
        return new DiskInfo
        {
            Name = name.Replace('!', '/'),
            Model = udev.Model ?? machine.Line($"{directory}/device/model") ?? machine.Line($"{directory}/device/name"),
            Serial = udev.Value("ID_SERIAL_SHORT") ?? Serial(machine, directory),
            Firmware = udev.Value("ID_REVISION")
                ?? machine.Line($"{directory}/device/firmware_rev")
                ?? machine.Line($"{directory}/device/rev")
                ?? machine.Line($"{directory}/device/fwrev"),
            Wwn = machine.Line($"{directory}/wwid") ?? machine.Line($"{directory}/device/wwid") ?? udev.Value("ID_WWN"),
            Transport = DiskTransport.Of(machine, directory),
            Rotational = machine.Line($"{directory}/queue/rotational") switch { "1" => true, "0" => false, _ => null },
            SizeBytes = Number.Long(machine.Line($"{directory}/size")) * SectorSize,
        };
    }

    private static string? Serial(Machine machine, string directory) =>
        machine.Line($"{directory}/device/serial") ?? machine.Line($"{directory}/serial") ?? ScsiSerial(machine.Root, $"{directory}/device/vpd_pg80");

    // The SCSI page "Unit Serial Number": four bytes of header, then text. Only root may read it, and udev has it too.
    private static string? ScsiSerial(HostRoot root, string path)
    {
        try
        {
            return root.ReadBytes(path) is { Length: > 4 } page
                ? System.Text.Encoding.ASCII.GetString(page, 4, page.Length - 4).Trim(' ', '\0') is { Length: > 0 } serial ? serial : null
                : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
