using System.Runtime.InteropServices;

namespace Nerve.Agent.Linux;

/// <summary>What <c>statvfs(3)</c> says of a filesystem.</summary>
/// <param name="AvailableBytes">Free for users other than root.</param>
internal sealed partial record FilesystemSpace(
    long TotalBytes, long FreeBytes, long AvailableBytes, long Inodes, long FreeInodes)
{
    public long UsedBytes => TotalBytes - FreeBytes;

    /// <summary>As <c>df</c> counts it: of what users can have, without the blocks reserved for root.</summary>
    public double? UsedPercent => UsedBytes + AvailableBytes > 0 ? 100.0 * UsedBytes / (UsedBytes + AvailableBytes) : null;

    /// <summary>Null on filesystems that make inodes as they need them.</summary>
    public double? InodesUsedPercent => Inodes > 0 ? 100.0 * (Inodes - FreeInodes) / Inodes : null;

    /// <summary>Asks the kernel; null when it does not answer with a size. May block for as long as the filesystem does.</summary>
    public static FilesystemSpace? Of(string mountPoint)
    {
        if (StatVfs(mountPoint, out var stat) != 0)
        {
            return null;
        }

        var unit = stat.FragmentSize != 0 ? stat.FragmentSize : stat.BlockSize;
        return new FilesystemSpace(
            Bytes(stat.Blocks, unit),
            Bytes(stat.FreeBlocks, unit),
            Bytes(stat.AvailableBlocks, unit),
            (long)stat.Files,
            (long)stat.FreeFiles);
    }

    private static long Bytes(ulong blocks, ulong unit) => (long)UInt128.Min((UInt128)blocks * unit, (UInt128)long.MaxValue);

    [LibraryImport("libc", EntryPoint = "statvfs", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatVfs(string path, out NativeStat stat);

    // struct statvfs of glibc and musl on 64-bit machines.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeStat
    {
        public ulong BlockSize;
        public ulong FragmentSize;
        public ulong Blocks;
        public ulong FreeBlocks;
        public ulong AvailableBlocks;
        public ulong Files;
        public ulong FreeFiles;
        public ulong AvailableFiles;
        public ulong FilesystemId;
        public ulong Flags;
        public ulong MaxNameLength;
        private readonly ulong _spare0;
        private readonly ulong _spare1;
        private readonly ulong _spare2;
    }
}
