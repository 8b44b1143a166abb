using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories.Smbios;

/// <summary>Firmware, system, board and chassis: SMBIOS types 0 to 3 (DSP0134 §7.1 to §7.4).</summary>
internal static class SmbiosHost
{
    // The first version that says which byte of a UUID comes first (§7.2.1).
    private static readonly (int Major, int Minor) s_uuidInWords = (2, 6);

    public static BiosInfo Bios(SmbiosTable table)
    {
        var bios = table.First(0);
        return new BiosInfo(bios?.Text(0x04), bios?.Text(0x05), bios?.Text(0x08)) { Release = Release(bios?.Byte(0x14), bios?.Byte(0x15)) };
    }

    public static SystemInfo System(SmbiosTable table)
    {
        var system = table.First(1);
        return new SystemInfo(system?.Text(0x04), system?.Text(0x05), system?.Text(0x06), system?.Text(0x07), Uuid(table, system))
        {
            Sku = system?.Text(0x19),
            Family = system?.Text(0x1A),
        };
    }

    public static BoardInfo Board(SmbiosTable table)
    {
        var board = table.First(2);
        return new BoardInfo(board?.Text(0x04), board?.Text(0x05), board?.Text(0x07)) { Version = board?.Text(0x06), AssetTag = board?.Text(0x08) };
    }

    public static ChassisInfo? Chassis(SmbiosTable table) => table.First(3) is { } chassis
        ? new ChassisInfo(ChassisNames.Of(chassis.Byte(0x05)), chassis.Text(0x04), chassis.Text(0x06), chassis.Text(0x07), chassis.Text(0x08))
        : null;

    /// <summary>What the firmware calls the first processor that is there (type 4, §7.5).</summary>
    public static string? Processor(SmbiosTable table)
    {
        const int Populated = 0x40;
        return table.OfType(4)
            .Where(processor => (processor.Byte(0x18) & Populated) != 0)
            .Select(processor => processor.Text(0x10))
            .FirstOrDefault(name => name is not null);
    }

    private static string? Release(byte? major, byte? minor) => major is null or 0xFF || minor is null or 0xFF ? null : $"{major}.{minor}";

    private static string? Uuid(SmbiosTable table, SmbiosStructure? system) => system is not null && system.Bytes(0x08, 16) is { Length: 16 } bytes
        ? DmiText.Clean(new Guid(bytes, bigEndian: table.Version is { } version && version.CompareTo(s_uuidInWords) < 0).ToString())
        : null;
}
