using System.Globalization;

namespace Nerve.Agent.Processes;

/// <summary>Makes this process independent of the one that started it.</summary>
internal static class Detachment
{
    private const uint CommonUmask = 0x12; // 022 in octal

    /// <summary>A session of its own, parent of all orphans below it, with nothing to hand down by accident.</summary>
    public static void Detach()
    {
        // Fails only where the process leads a session already.
        _ = LibC.setsid();
        if (LibC.prctl(LibC.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        {
            throw LibC.LastError("The supervisor cannot become the parent of orphaned processes");
        }
        _ = LibC.umask(CommonUmask);
        foreach (var entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var descriptor) && descriptor > 2)
            {
                _ = LibC.fcntl(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC);
            }
        }
    }

    /// <summary>Lets go of the starter's terminal or log, which may end long before this process.</summary>
    public static void Silence()
    {
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC);
        for (var descriptor = 0; nothing >= 0 && descriptor <= 2; descriptor++)
        {
            _ = LibC.dup2(nothing, descriptor);
        }
        _ = LibC.close(nothing);
    }
}
