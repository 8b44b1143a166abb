namespace Nerve.Agent.Linux;

/// <summary>Which block devices are disks: things that hold data themselves, not layers over them.</summary>
internal static class BlockDevices
{
    private const string Directory = "/sys/block";
    private const string Class = "/sys/class/block";

    private static readonly string[] s_layers = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "drbd", "bcache", "mtdblock", "zd"];

    /// <summary>All block devices but partitions, by the kernel's names.</summary>
    public static IReadOnlyList<string> Names(HostRoot root)
    {
        var names = root.List(Directory).ToHashSet(StringComparer.Ordinal);
        if (!root.IsLive || names.Count == 0)
        {
            // Captures are not always whole.
            var all = root.List(Class);
            names.UnionWith(all.Where(name => !IsPartition(root, name, all)));
            names.UnionWith(NvmeNamespaces.Names(root));
        }

        return [.. names.Order(NaturalOrder.Instance)];
    }

    public static bool IsDisk(HostRoot root, string name)
    {
        var path = Path(root, name);
        return !IsLayer(name)
            && root.IsDirectory(path)
            && root.TryLine($"{path}/hidden") != "1"
            // Empty card readers and unconnected network block devices are slots, not disks.
            && root.TryLine($"{path}/size") != "0";
    }

    /// <summary>The device's directory; the kernel writes <c>/</c> in a name as <c>!</c>.</summary>
    public static string Path(HostRoot root, string name)
    {
        var entry = name.Replace('/', '!');
        var path = $"{Directory}/{entry}";
        return root.IsDirectory(path) ? path
            : root.IsDirectory($"{Class}/{entry}") ? $"{Class}/{entry}"
            : NvmeNamespaces.Path(root, entry) ?? path;
    }

    // A partition lies in the directory of its disk.
    private static bool IsPartition(HostRoot root, string name, IReadOnlyList<string> all) =>
        root.Exists($"{Class}/{name}/partition")
        || (root.Resolve($"{Class}/{name}")?.Split('/') is [.., var parent, _] && all.Contains(parent, StringComparer.Ordinal));

    private static bool IsLayer(string name) =>
        s_layers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal) && IsNumbered(name.AsSpan(layer.Length)))
        || (name.StartsWith("mmcblk", StringComparison.Ordinal) && (name.Contains("boot", StringComparison.Ordinal) || name.Contains("rpmb", StringComparison.Ordinal)));

    // "md127" and "md_d0" are arrays; a driver that happens to begin with the same letters is not.
    private static bool IsNumbered(ReadOnlySpan<char> rest) => rest.IsEmpty || char.IsAsciiDigit(rest[0]) || rest[0] == '_';
}
