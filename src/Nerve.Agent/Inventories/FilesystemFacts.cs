using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Mounted filesystems that hold files. Their size is asked of the running kernel only.</summary>
internal static class FilesystemFacts
{
    public static IReadOnlyList<FilesystemInfo> Collect(Machine machine)
    {
        var source = MountTable.Source(machine.Root);
        var text = source is null ? null : machine.Text(source);
        if (source is null || text is null)
        {
            return [];
        }

        var mounts = MountTable.Parse(source, text);
        mounts = machine.Root.IsLive ? MountTable.WithoutFiles(machine.Root, mounts) : mounts;
        machine.Space.Prepare(machine.Root.IsLive ? mounts : []);
        var spaces = machine.Root.IsLive ? machine.Space.Measure(mounts) : new Dictionary<string, FilesystemSpace>();
        foreach (var stuck in machine.Root.IsLive ? machine.Space.Stuck : [])
        {
            machine.Report(stuck, "The filesystem does not answer, so its size is unknown. Check its server or disk.");
        }

        return [.. mounts.Select(mount => Describe(machine, mount, spaces.TryGetValue(mount.MountPoint, out var space) ? space.TotalBytes : null))];
    }

    private static FilesystemInfo Describe(Machine machine, Mount mount, long? size)
    {
        // Filesystems on several devices have a number of their own, which is no device's.
        var udev = UdevRecord.OfBlockDevice(machine, mount.Device.StartsWith("/dev/", StringComparison.Ordinal)
            ? machine.Line($"/sys/class/block/{mount.Device[5..].Replace('/', '!')}/dev") ?? mount.Id
            : null);
        return new FilesystemInfo(mount.Device, mount.MountPoint, mount.Type, size, mount.ReadOnly)
        {
            Uuid = udev.Value("ID_FS_UUID"),
            Label = udev.Value("ID_FS_LABEL"),
        };
    }
}
