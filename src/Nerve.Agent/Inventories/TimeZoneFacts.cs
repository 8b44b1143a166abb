namespace Nerve.Agent.Inventories;

/// <summary>The IANA name, such as <c>Europe/Berlin</c>.</summary>
internal static class TimeZoneFacts
{
    private const string Zones = "/zoneinfo/";

    // The link is what the C library uses; /etc/timezone is a Debian note that may be stale.
    public static string? Collect(Machine machine) =>
        NameIn(machine.Root.LinkTarget("/etc/localtime")) ?? machine.Line("/etc/timezone");

    private static string? NameIn(string? link) =>
        link?.IndexOf(Zones, StringComparison.Ordinal) is >= 0 and var start ? link[(start + Zones.Length)..] : null;
}
