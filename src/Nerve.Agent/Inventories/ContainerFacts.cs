namespace Nerve.Agent.Inventories;

/// <summary>Which container the machine's files are seen from, in the words and the order of <c>systemd-detect-virt(1)</c>; where its marks are missing,
/// the place of the root filesystem and of the first process tell.</summary>
internal static class ContainerFacts
{
    private const string Variable = "container=";

    /// <summary>Null where it is none.</summary>
    public static string? Collect(Machine machine)
    {
        if (machine.Line("/proc/sys/kernel/osrelease") is { } kernel
            && (kernel.Contains("Microsoft", StringComparison.Ordinal) || kernel.Contains("WSL", StringComparison.Ordinal)))
        {
            return "wsl";
        }

        // Another tree's run directory says nothing of the machine the tree is mounted on, but all of the one it came from.
        return Named(machine.Line("/run/host/container-manager"))
            ?? Named(machine.Line("/run/systemd/container"))
            ?? Named(FirstProcess(machine))
            ?? (machine.Root.Exists("/run/.containerenv") ? "podman" : null)
            ?? (machine.Root.Exists("/.dockerenv") ? "docker" : null)
            ?? (machine.Root.IsDirectory("/var/run/secrets/kubernetes.io") ? "container-other" : null)
            ?? (machine.Root.IsDirectory("/proc/vz") && !machine.Root.IsDirectory("/proc/bc") ? "openvz" : null)
            ?? Layers(machine)
            ?? Group(Text(machine.Quietly("/proc/1/cgroup")));
    }

    // What the manager calls itself; "oci" is a standard, not a name, and leaves files behind that say more.
    private static string? Named(string? manager) => manager switch
    {
        null or "" or "oci" => null,
        "systemd-nspawn" or "lxc-libvirt" or "lxc" or "openvz" or "docker" or "podman" or "rkt" or "wsl" or "proot" or "pouch" => manager,
        _ => "container-other",
    };

    // Only root may read the first process's environment; nobody else misses it.
    private static string? FirstProcess(Machine machine) =>
        Text(machine.Quietly("/proc/1/environ")).Split('\0').FirstOrDefault(variable => variable.StartsWith(Variable, StringComparison.Ordinal))?[Variable.Length..];

    // The managers keep the layers of root filesystems each at its place: "1 2 0:30 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/…"
    private static string? Layers(Machine machine)
    {
        var table = Text(machine.Quietly(machine.Root.IsLive ? "/proc/self/mountinfo" : "/proc/1/mountinfo"));
        var root = table.Split('\n').LastOrDefault(line => line.Contains(" / / ", StringComparison.Ordinal) && line.Contains(" - overlay ", StringComparison.Ordinal)) ?? "";
        return HasAny(root, "/docker/overlay2/") ? "docker"
            : HasAny(root, "/containers/storage/") ? "podman"
            : HasAny(root, "/io.containerd.", "/containerd/") ? "container-other"
            : null;
    }

    // Before the second version of control groups a container saw its own place.
    private static string? Group(string text) =>
        HasAny(text, ":/docker/", "/docker-") ? "docker"
        : HasAny(text, "/libpod-") ? "podman"
        : HasAny(text, ":/lxc/", ":/lxc.payload") ? "lxc"
        : HasAny(text, "/kubepods") ? "container-other"
        : null;

    private static bool HasAny(string text, params ReadOnlySpan<string> signs)
    {
        foreach (var sign in signs)
        {
            if (text.Contains(sign, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static string Text(byte[]? bytes) => bytes is null ? "" : System.Text.Encoding.UTF8.GetString(bytes);
}
