using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The management controller, as far as the kernel's IPMI driver and the firmware's table know it.</summary>
internal static class BmcFacts
{
    private const string Driver = "/sys/class/ipmi";
    private const string Platform = "/sys/bus/platform/devices";

    public static BmcInfo? Collect(Machine machine)
    {
        var directory = machine.List(Driver).Select(name => $"{Driver}/{name}/device/bmc")
            .Concat(machine.List(Platform).Where(name => name.StartsWith("ipmi_bmc.", StringComparison.Ordinal)).Select(name => $"{Platform}/{name}"))
            .FirstOrDefault(machine.Root.IsDirectory);
        var smbios = SmbiosBmc.Ipmi(machine.Smbios);
        if (directory is null && smbios is null && SmbiosBmc.RedfishAddress(machine.Smbios) is null)
        {
            return null;
        }

        string? Value(string name) => directory is null ? null : machine.Line($"{directory}/{name}");
        return new BmcInfo(Address: null, Firmware: Value("firmware_revision"))
        {
            Interface = smbios?.Interface,
            IpmiVersion = Value("ipmi_version") ?? smbios?.IpmiVersion,
            Manufacturer = Manufacturer(Number.Hex(Value("manufacturer_id"))) ?? Value("manufacturer_id"),
            Product = Value("product_id"),
            Guid = Value("guid"),
            RedfishAddress = SmbiosBmc.RedfishAddress(machine.Smbios),
        };
    }

    // Private enterprise numbers of IANA.
    private static string? Manufacturer(int? number) => number switch
    {
        2 => "IBM",
        11 => "Hewlett-Packard",
        42 => "Sun Microsystems",
        343 => "Intel",
        674 => "Dell",
        2011 => "Huawei",
        5703 => "NVIDIA",
        7244 => "Quanta",
        10368 => "Fujitsu",
        10876 => "Supermicro",
        19046 => "Lenovo",
        20974 => "American Megatrends",
        25506 => "H3C",
        37945 => "Inspur",
        47196 => "Hewlett Packard Enterprise",
        _ => null,
    };
}
