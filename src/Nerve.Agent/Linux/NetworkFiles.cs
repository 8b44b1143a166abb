namespace Nerve.Agent.Linux;

/// <summary>Where the machine's network is described.</summary>
internal static class NetworkFiles
{
    /// <summary><c>self</c> in a mounted tree is this process; the first process lives in the machine's own network namespace.</summary>
    public static string Directory(HostRoot root) => !root.IsLive && root.IsDirectory("/proc/1/net") ? "/proc/1/net" : "/proc/net";
}
