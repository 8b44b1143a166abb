namespace Nerve.Agent.Linux;

/// <summary>NVMe namespaces where they hang: below their subsystem when several controllers may lead to them, else below
/// their controller.</summary>
internal static class NvmeNamespaces
{
    private static readonly string[] s_classes = ["/sys/class/nvme-subsystem", "/sys/class/nvme"];

    public static IEnumerable<string> Names(HostRoot root) => Paths(root).Select(path => path[(path.LastIndexOf('/') + 1)..]).Distinct(StringComparer.Ordinal);

    /// <summary>The namespace's directory; null when it is not there.</summary>
    public static string? Path(HostRoot root, string name) =>
        IsNamespace(name) ? Paths(root).FirstOrDefault(path => path.EndsWith("/" + name, StringComparison.Ordinal) && root.Exists($"{path}/size")) : null;

    /// <summary>The controllers of the subsystem that a namespace belongs to: <c>nvme0</c>, <c>nvme1</c>, …</summary>
    public static (string? Subsystem, IReadOnlyList<string> Controllers) ControllersOf(HostRoot root, string name)
    {
        foreach (var subsystem in root.List(s_classes[0]).Select(entry => $"{s_classes[0]}/{entry}"))
        {
            var entries = root.List(subsystem);
            if (entries.Contains(name, StringComparer.Ordinal))
            {
                return (subsystem, [.. entries.Where(IsController)]);
            }
        }

        return (null, []);
    }

    private static IEnumerable<string> Paths(HostRoot root) =>
        from directory in s_classes
        from device in root.List(directory)
        from entry in root.List($"{directory}/{device}")
        where IsNamespace(entry)
        select $"{directory}/{device}/{entry}";

    private static bool IsController(string name) => name.StartsWith("nvme", StringComparison.Ordinal) && Number.Int(name[4..]) is not null;

    // "nvme0n1", and not "nvme0c1n1", which is one way to it.
    private static bool IsNamespace(string name) =>
        name.StartsWith("nvme", StringComparison.Ordinal) && name[4..].Split('n') is [var controller, var number] && Number.Int(controller) is not null && Number.Int(number) is not null;
}
