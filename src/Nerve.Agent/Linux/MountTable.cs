namespace Nerve.Agent.Linux;

/// <summary>The filesystems that hold files, each once, from <c>/proc/PID/mountinfo</c> or <c>/proc/mounts</c>.</summary>
internal static class MountTable
{
    // The agent sees its own mounts; in a tree mounted from elsewhere, "self" is nobody.
    private static readonly string[] s_live = ["/proc/self/mountinfo", "/proc/self/mounts"];
    private static readonly string[] s_foreign =
        ["/proc/1/mountinfo", "/proc/self/mountinfo", "/proc/1/mounts", "/proc/self/mounts", "/proc/mounts", "/etc/mtab"];

    /// <summary>The file to read; null when there is none.</summary>
    public static string? Source(HostRoot root) => (root.IsLive ? s_live : s_foreign).FirstOrDefault(root.Exists);

    public static IReadOnlyList<Mount> Parse(string source, string text) =>
        Select(source.EndsWith("mountinfo", StringComparison.Ordinal) ? MountInfo.Parse(text) : ParseMounts(text));

    /// <summary>Leaves out single files that are mounted, as containers have <c>/etc/hosts</c>: on the running machine only,
    /// and without touching a remote mount.</summary>
    public static IReadOnlyList<Mount> WithoutFiles(HostRoot root, IReadOnlyList<Mount> mounts) =>
        [.. mounts.Where(mount => mount.IsRemote || mount.Root == "/" || !IsFile(root, mount.MountPoint))];

    private static bool IsFile(HostRoot root, string path) => root.Ask(path, () => File.Exists(path) ? path : null, "file ") is not null;

    /// <summary>Leaves out what is no place for files, what a later mount hides, and further mounts of the same filesystem.</summary>
    public static IReadOnlyList<Mount> Select(IEnumerable<Mount> mounts)
    {
        var visible = new Dictionary<string, Mount>(StringComparer.Ordinal);
        foreach (var mount in mounts)
        {
            visible[mount.MountPoint] = mount;
        }

        return [.. visible.Values
            .Where(mount => FilesystemTypes.IsReal(mount.Type, mount.MountPoint))
            .GroupBy(mount => mount.Id, StringComparer.Ordinal)
            .Select(Representative)
            .OrderBy(mount => mount.MountPoint, NaturalOrder.Instance)];
    }

    // One that stays, the whole filesystem rather than a bind mount of a part, and then the shortest path: what df shows.
    private static Mount Representative(IEnumerable<Mount> same) => same
        .OrderBy(mount => mount.IsPassing)
        .ThenBy(mount => mount.Root == "/" ? 0 : 1)
        .ThenBy(mount => mount.MountPoint.Length)
        .ThenBy(mount => mount.MountPoint, StringComparer.Ordinal)
        .First();

    private static IEnumerable<Mount> ParseMounts(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(' ') is [var device, var mountPoint, var type, var options, ..])
            {
                device = MountInfo.Unescape(device);
                yield return new Mount(device, "/", MountInfo.Unescape(mountPoint), type, device, MountInfo.IsReadOnly(options));
            }
        }
    }
}
