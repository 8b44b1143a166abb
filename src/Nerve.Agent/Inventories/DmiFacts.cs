using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>System, board and firmware, from what the kernel took of the SMBIOS tables.</summary>
internal static class DmiFacts
{
    private const string Directory = "/sys/class/dmi/id";

    public static HostInfo Add(HostInfo host, Machine machine) => host with
    {
        System = new SystemInfo(
            Vendor: Value(machine, "sys_vendor"),
            Product: Value(machine, "product_name"),
            Version: Value(machine, "product_version"),
            Serial: Value(machine, "product_serial"),
            Uuid: Value(machine, "product_uuid")?.ToLowerInvariant()),
        Board = new BoardInfo(
            Vendor: Value(machine, "board_vendor"),
            Product: Value(machine, "board_name"),
            Serial: Value(machine, "board_serial")),
        Bios = new BiosInfo(
            Vendor: Value(machine, "bios_vendor"),
            Version: Value(machine, "bios_version"),
            Date: Value(machine, "bios_date")),
    };

    private static string? Value(Machine machine, string name) => DmiText.Clean(machine.Line($"{Directory}/{name}"));
}
