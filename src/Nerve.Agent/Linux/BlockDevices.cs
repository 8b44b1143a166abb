namespace Nerve.Agent.Linux;

/// <summary>Which entries of <c>/sys/block</c> are disks: things that hold data themselves, not layers over them.</summary>
internal static class BlockDevices
{
    private static readonly string[] s_layers = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "drbd", "bcache", "mtdblock", "zd"];

    public static bool IsDisk(HostRoot root, string name) =>
        !IsLayer(name)
        && root.IsDirectory(Path(name))
        && root.ReadLine($"{Path(name)}/hidden") != "1"
        // Empty card readers and unconnected network block devices are slots, not disks.
        && root.ReadLine($"{Path(name)}/size") != "0";

    /// <summary>The device's directory; the kernel writes <c>/</c> in a name as <c>!</c>.</summary>
    public static string Path(string name) => $"/sys/block/{name.Replace('/', '!')}";

    private static bool IsLayer(string name) =>
        s_layers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal) && IsNumbered(name.AsSpan(layer.Length)))
        || (name.StartsWith("mmcblk", StringComparison.Ordinal) && (name.Contains("boot", StringComparison.Ordinal) || name.Contains("rpmb", StringComparison.Ordinal)));

    // "md127" and "md_d0" are arrays; a driver that happens to begin with the same letters is not.
    private static bool IsNumbered(ReadOnlySpan<char> rest) => rest.IsEmpty || char.IsAsciiDigit(rest[0]) || rest[0] == '_';
}
