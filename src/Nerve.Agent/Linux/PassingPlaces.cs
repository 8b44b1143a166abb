namespace Nerve.Agent.Linux;

/// <summary>Where pods and containers have their mounts: the paths hold an id that never comes again.</summary>
internal static class PassingPlaces
{
    // SHA-256, by which container engines name containers, layers and volumes without a name.
    private const int IdLength = 64;

    private static readonly string[] s_engines =
        ["/var/lib/docker/", "/var/lib/containerd/", "/var/lib/containers/", "/run/docker/", "/run/containerd/", "/run/containers/"];

    public static bool Contain(string path)
    {
        var parts = path.Split('/');
        return IsOfPod(parts) || (s_engines.Any(engine => path.StartsWith(engine, StringComparison.Ordinal)) && parts.Any(IsId));
    }

    // "/var/lib/kubelet/pods/0c9b7f3e-5c1a-4c55-9c0b-0d8a4d1f7a11/volumes/…", wherever kubelet has its folder; a static pod's id has no dashes.
    private static bool IsOfPod(string[] parts)
    {
        var pods = Array.IndexOf(parts, "pods");
        return pods > 0 && pods + 1 < parts.Length && Guid.TryParse(parts[pods + 1], out _);
    }

    private static bool IsId(string part) => part.Length == IdLength && part.All(char.IsAsciiHexDigitLower);
}
