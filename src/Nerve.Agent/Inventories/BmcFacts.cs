using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Ipmi;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The management controller, as far as the kernel's IPMI driver and the firmware's table know it, and what it says itself: only it knows
/// its address.</summary>
internal static class BmcFacts
{
    private const string Driver = "/sys/class/ipmi";
    private const string Platform = "/sys/bus/platform/devices";
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    public static BmcInfo? Collect(Machine machine)
    {
        var directory = machine.List(Driver).Select(name => $"{Driver}/{name}/device/bmc")
            .Concat(machine.List(Platform).Where(name => name.StartsWith("ipmi_bmc.", StringComparison.Ordinal)).Select(name => $"{Platform}/{name}"))
            .FirstOrDefault(machine.Root.IsDirectory);
        var smbios = SmbiosBmc.Ipmi(machine.Smbios);
        var told = Ask(machine);
        if (directory is null && smbios is null && told is null && SmbiosBmc.RedfishAddress(machine.Smbios) is null)
        {
            return null;
        }

        string? Value(string name) => directory is null ? null : machine.Line($"{directory}/{name}");
        return (told ?? new BmcInfo(null, null)) with
        {
            Firmware = Value("firmware_revision") ?? told?.Firmware,
            Interface = smbios?.Interface,
            IpmiVersion = Value("ipmi_version") ?? told?.IpmiVersion ?? smbios?.IpmiVersion,
            Manufacturer = BmcMakers.NameOf(Number.Hex(Value("manufacturer_id"))) ?? told?.Manufacturer,
            Product = Value("product_id") ?? told?.Product,
            Guid = Value("guid"),
            RedfishAddress = SmbiosBmc.RedfishAddress(machine.Smbios),
        };
    }

    private static BmcInfo? Ask(Machine machine)
    {
        if (machine.Probes?.Ipmi is not { } probe || IpmiDevice.Find(machine.Root) is null)
        {
            return null;
        }

        probe.Want();
        var reply = probe.AskParts(new ProbeRequest(ProbeAsk.Inventory), s_wait);
        foreach (var problem in reply?.Problems ?? [])
        {
            machine.Report(problem.Source, problem.Reason);
        }

        return reply?.Bmc;
    }
}
