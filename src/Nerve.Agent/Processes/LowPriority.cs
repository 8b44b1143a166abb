using System.Runtime.InteropServices;

namespace Nerve.Agent.Processes;

/// <summary>Lets the work that the host is there for go first.</summary>
internal static class LowPriority
{
    private const int Nice = 10;
    private const int BestEffortLast = (2 << 13) | 7;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>For the calling thread and what it starts; on Linux these belong to threads.</summary>
    /// <remarks>Where it is refused, it stays as it is.</remarks>
    public static void Take()
    {
        _ = LibC.syscall(IsArm64 ? 140 : 141, 0, 0, Nice); // setpriority(PRIO_PROCESS, this thread, …)
        _ = LibC.syscall(IsArm64 ? 30 : 251, 1, 0, BestEffortLast); // ioprio_set(IOPRIO_WHO_PROCESS, this thread, …)
    }
}
