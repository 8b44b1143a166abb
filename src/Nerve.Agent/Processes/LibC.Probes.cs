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
    private const nuint FIONREAD = 0x541b;

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }

    /// <summary>Waits, for ever if need be, until reading would not wait: there is something, or the end.</summary>
    public static void AwaitReadable(int descriptor)
    {
        var one = new PollDescriptor { Descriptor = descriptor, Wanted = POLLIN };
        while (poll(&one, 1, -1) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }

    /// <summary>How much a pipe holds; 0 where that cannot be told.</summary>
    public static int BytesToRead(int descriptor)
    {
        int count;
        return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int descriptor, nuint request, int* value);

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
