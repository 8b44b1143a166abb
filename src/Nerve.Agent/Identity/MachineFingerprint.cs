using System.Security.Cryptography;
using System.Text;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Identity;

/// <summary>A hash over identifiers that stay with a machine, to notice that a state folder was copied to another one.</summary>
/// <remarks>The kind stands in front (<c>dmi-…</c>, <c>machine-…</c>): only root can read the firmware's identifiers, so that the same
/// machine may have either kind, and two kinds say nothing about each other.</remarks>
internal static class MachineFingerprint
{
    /// <summary>What firmware says when nobody filled it in, in lower case.</summary>
    private static readonly HashSet<string> s_placeholders = new(StringComparer.Ordinal)
    {
        "", "0", "none", "null", "n/a", "na", "unknown", "default", "default string", "empty", "invalid", "not specified", "not applicable",
        "not available", "not present", "not settable", "no asset tag", "oem", "o.e.m.", "to be filled by o.e.m.", "to be filled by o.e.m",
        "system serial number", "chassis serial number", "base board serial number", "board serial number", "serial number", "xxxxxxxx",
        "0123456789", "123456789", "1234567890", "12345678", "00000000", "........", "03000200-0400-0500-0006-000700080009",
        "12345678-1234-5678-90ab-cddeefaabbcc", "fefefefe-fefe-fefe-fefe-fefefefefefe",
    };

    /// <summary>Null where the machine has nothing stable of its own, as in a container, which sees the identifiers of its host.</summary>
    public static string? Read(HostRoot root)
    {
        if (root.Exists("/.dockerenv") || root.Exists("/run/.containerenv") || root.Exists("/run/systemd/container"))
        {
            return null;
        }

        var firmware = new[] { "product_uuid", "product_serial", "board_serial" }
            .Select(name => Identifier(root, "/sys/class/dmi/id/" + name) is { } value ? $"{name}={value}\n" : null)
            .OfType<string>()
            .ToList();
        return firmware.Count > 0 ? "dmi-" + Hash(string.Concat(firmware))
            : Identifier(root, "/etc/machine-id") is { } machineId ? "machine-" + Hash(machineId)
            : null;
    }

    /// <summary>Whether both are known, of one kind, and not the same.</summary>
    public static bool Differ(string? stored, string? now) =>
        stored is not null && now is not null && stored != now && Kind(stored) == Kind(now);

    private static string? Identifier(HostRoot root, string path) =>
        root.TryLine(path)?.ToLowerInvariant() is { } value && !IsPlaceholder(value) ? value : null;

    private static bool IsPlaceholder(string value) =>
        s_placeholders.Contains(value)
        || value.Where(char.IsLetterOrDigit).Distinct().Count() <= 1
        || value.StartsWith("uninitialized", StringComparison.Ordinal);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Kind(string fingerprint) => fingerprint.Split('-')[0];
}
