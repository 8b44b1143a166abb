using System.Globalization;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Linux;

/// <summary>Where a path leads once all links are followed, as the kernel follows them.</summary>
internal static class RealPath
{
    /// <summary>Null where nothing is.</summary>
    public static string? Of(string path)
    {
        var descriptor = LibC.open(path.Length == 0 ? "/" : path, LibC.O_PATH | LibC.O_CLOEXEC);
        if (descriptor < 0)
        {
            return null;
        }

        var real = Of(descriptor);
        _ = LibC.close(descriptor);
        return real == "/" ? "" : real;
    }

    public static string? Of(int descriptor) => RawFile.LinkTarget(Link(descriptor));

    /// <summary>The path by which this process and its children reach an open file.</summary>
    public static string Link(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}");
}
