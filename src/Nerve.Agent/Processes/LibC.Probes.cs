using System.Runtime.InteropServices;

namespace Nerve.Agent.Processes;

/// <summary>What probes need: reading and writing that never waits longer than it is told to, and a small footprint.</summary>
internal static unsafe partial class LibC
{
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const int EAGAIN = 11;
    public const int EPIPE = 32;
    public const int O_NONBLOCK = 0x800;

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int madvise(nuint address, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setpgid(int pid, int group);

    [LibraryImport("libc")]
    public static partial void _exit(int code);
}
