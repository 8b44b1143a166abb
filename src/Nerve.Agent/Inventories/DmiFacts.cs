using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>System, board, chassis and firmware: what the kernel took of the SMBIOS table for everyone to read, else the
/// table, else the device tree.</summary>
internal static class DmiFacts
{
    private const string Directory = "/sys/class/dmi/id";

    public static HostInfo Add(HostInfo host, Machine machine) =>
        machine.Root.IsDirectory(Directory) ? FromKernel(host, machine) : FromTable(host, machine);

    private static HostInfo FromKernel(HostInfo host, Machine machine)
    {
        string? Value(string name) => DmiText.Clean(machine.Line($"{Directory}/{name}"));
        return host with
        {
            System = new SystemInfo(
                Vendor: Value("sys_vendor"),
                Product: Value("product_name"),
                Version: Value("product_version"),
                Serial: Value("product_serial"),
                Uuid: Value("product_uuid")?.ToLowerInvariant())
            {
                Family = Value("product_family"),
                Sku = Value("product_sku"),
            },
            Board = new BoardInfo(Value("board_vendor"), Value("board_name"), Value("board_serial"))
            {
                Version = Value("board_version"),
                AssetTag = Value("board_asset_tag"),
            },
            Bios = new BiosInfo(Value("bios_vendor"), Value("bios_version"), Value("bios_date")) { Release = Value("bios_release") },
            Chassis = new ChassisInfo(
                ChassisNames.Of(Number.Int(machine.Line($"{Directory}/chassis_type"))),
                Value("chassis_vendor"),
                Value("chassis_version"),
                Value("chassis_serial"),
                Value("chassis_asset_tag")),
        };
    }

    private static HostInfo FromTable(HostInfo host, Machine machine)
    {
        var table = machine.Smbios;
        return host with
        {
            System = table.First(1) is not null ? SmbiosHost.System(table) : DeviceTree(machine),
            Board = SmbiosHost.Board(table),
            Bios = SmbiosHost.Bios(table),
            Chassis = SmbiosHost.Chassis(table),
        };
    }

    // "Raspberry Pi 4 Model B Rev 1.4": maker and product in one.
    private static SystemInfo DeviceTree(Machine machine) => new(
        Vendor: null,
        Product: DmiText.Clean(machine.Line("/proc/device-tree/model")),
        Version: null,
        Serial: DmiText.Clean(machine.Line("/proc/device-tree/serial-number")),
        Uuid: null);
}
