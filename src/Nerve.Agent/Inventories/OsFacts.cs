using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

internal static class OsFacts
{
    public static OsInfo Collect(Machine machine)
    {
        // The first that exists counts, the other is not merged in: os-release(5).
        var release = KeyValueFile.Parse(machine.Text("/etc/os-release") ?? machine.Text("/usr/lib/os-release") ?? "");
        return new OsInfo(
            Id: Value(release, "ID"),
            Name: Value(release, "PRETTY_NAME") ?? Value(release, "NAME"),
            Version: Value(release, "VERSION_ID"));
    }

    private static string? Value(Dictionary<string, string> release, string key) =>
        release.TryGetValue(key, out var value) && value.Length > 0 ? value : null;
}
