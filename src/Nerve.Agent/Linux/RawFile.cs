using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Nerve.Agent.Linux;

/// <summary>Reads a file of the kernel with nothing allocated.</summary>
[SkipLocalsInit] // the kernel's longest path is 4 KiB, and hardly one uses more than a little of that
internal static unsafe partial class RawFile
{
    private const int OpenFlags = 0x80000 /* close on exec */ | 0x100 /* no controlling terminal */;
    private const int Interrupted = 4;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int LongestPath = 4096;

    /// <summary>An open file's descriptor; negative when it cannot be opened, and <see cref="Denied"/> when it may not.</summary>
    public static int Open(string path)
    {
        Span<byte> name = stackalloc byte[LongestPath];
        if (!TryEncode(path, name))
        {
            return -1;
        }

        fixed (byte* start = name)
        {
            var descriptor = Open(start, OpenFlags);
            return descriptor >= 0 ? descriptor : Marshal.GetLastPInvokeError() is AccessDenied or NotPermitted ? Denied : -1;
        }
    }

    /// <summary>What a symbolic link says; null when it is none.</summary>
    public static string? LinkTarget(string path)
    {
        Span<byte> name = stackalloc byte[LongestPath];
        Span<byte> target = stackalloc byte[LongestPath];
        if (!TryEncode(path, name))
        {
            return null;
        }

        fixed (byte* start = name, answer = target)
        {
            return ReadLink(start, answer, LongestPath) is > 0 and var length ? Encoding.UTF8.GetString(target[..(int)length]) : null;
        }
    }

    public const int Denied = -2;

    /// <summary>How many bytes were read; 0 at the end, negative when the driver has no value, or what is there is no file.</summary>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint read;
            do
            {
                read = Read(descriptor, start, (nuint)buffer.Length);
            }
            while (read < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            return (int)read;
        }
    }

    // The kernel takes no longer paths, and none with a zero in it.
    private static bool TryEncode(string path, Span<byte> name)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || !Encoding.UTF8.TryGetBytes(path, name[..^1], out var length))
        {
            return false;
        }

        name[length] = 0;
        return true;
    }

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "readlink")]
    private static partial nint ReadLink(byte* path, byte* target, nuint size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nuint size);
}
