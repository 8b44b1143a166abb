using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Files of a driver, of which any may be missing, empty or closed to us.</summary>
internal static class SysFile
{
    public static string? Line(HostRoot root, string path) => root.TryLine(path);

    public static double? Value(HostRoot root, string path) => Number.Double(Line(root, path));

    public static long? Bytes(HostRoot root, string path) => Number.Long(Line(root, path));
}
