namespace Nerve.Agent.Inventories.Smbios;

/// <summary>Where the kernel keeps the SMBIOS table for programs; root only.</summary>
internal static class SmbiosFiles
{
    private const string Table = "/sys/firmware/dmi/tables/DMI";
    private const string EntryPoint = "/sys/firmware/dmi/tables/smbios_entry_point";
    private const string Entries = "/sys/firmware/dmi/entries";

    /// <summary>The table; empty when there is none or it may not be read, which is reported once.</summary>
    public static SmbiosTable Read(Machine machine) =>
        SmbiosTable.Parse(
            machine.Bytes(Table) is { Length: > 0 } table ? table : FromEntries(machine),
            machine.Root.Exists(EntryPoint) ? Version(machine.Bytes(EntryPoint)) : null);

    // Entry points: "_SM_" with the version at 6 (§5.2.1), "_SM3_" with it at 7 (§5.2.2).
    private static (int Major, int Minor)? Version(byte[]? entryPoint) => entryPoint switch
    {
        [(byte)'_', (byte)'S', (byte)'M', (byte)'_', _, _, var major, var minor, ..] => (major, minor),
        [(byte)'_', (byte)'S', (byte)'M', (byte)'3', (byte)'_', _, _, var major, var minor, ..] => (major, minor),
        _ => null,
    };

    // The dmi-sysfs driver has each structure in a directory of its own: "17-0/raw".
    private static byte[] FromEntries(Machine machine)
    {
        using var table = new MemoryStream();
        foreach (var entry in machine.Root.Exists(Table) ? [] : machine.List(Entries))
        {
            if (machine.Bytes($"{Entries}/{entry}/raw") is { } raw)
            {
                table.Write(raw);
                // Some captures lost the zeros at the end.
                table.Write(raw is [.., 0, 0] ? [] : raw is [.., 0] ? [0] : [0, 0]);
            }
        }

        return table.ToArray();
    }
}
