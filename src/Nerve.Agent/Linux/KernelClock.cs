using System.Runtime.InteropServices;

namespace Nerve.Agent.Linux;

/// <summary>What the kernel knows of its clock's discipline: <c>adjtimex(2)</c>.</summary>
/// <param name="Synchronized">Whether a time service says that the clock is right.</param>
/// <param name="OffsetMilliseconds">What is still to be corrected.</param>
/// <param name="MaximumErrorMilliseconds">How wrong the clock may be at most; grows while no service corrects it.</param>
internal sealed partial record KernelClock(bool Synchronized, double OffsetMilliseconds, double MaximumErrorMilliseconds)
{
    private const int Unsynchronized = 0x0040;
    private const int Nanoseconds = 0x2000;

    /// <summary>Null when the kernel does not answer.</summary>
    public static KernelClock? Read()
    {
        var clock = default(TimeX);
        if (AdjustTime(ref clock) < 0)
        {
            return null;
        }

        var unit = (clock.Status & Nanoseconds) != 0 ? 1e6 : 1e3;
        return new KernelClock((clock.Status & Unsynchronized) == 0, clock.Offset / unit, clock.MaximumError / 1e3);
    }

    // Changes nothing when no mode is set, and then needs no privilege.
    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTime(ref TimeX clock);

    // struct timex of glibc and musl on 64-bit machines, 208 bytes.
    [StructLayout(LayoutKind.Sequential, Size = 208)]
    private struct TimeX
    {
        public uint Modes;
        public long Offset;
        public long Frequency;
        public long MaximumError;
        public long EstimatedError;
        public int Status;
    }
}
