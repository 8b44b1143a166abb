using System.Runtime.InteropServices;

namespace Nerve.Agent.Processes;

/// <summary>What the framework does not tell of files.</summary>
internal static unsafe partial class LibC
{
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_UID = 0x8;

    /// <summary>The id of the user to whom an open file belongs.</summary>
    public static uint OwnerOf(SafeHandle file)
    {
        // struct statx is the same on all machines: 256 bytes, the owner in the sixth word.
        var stat = stackalloc uint[64];
        return statx((int)file.DangerousGetHandle(), "", AT_EMPTY_PATH, STATX_UID, stat) == 0 ? stat[5] : throw LastError("stat");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, uint* stat);
}
