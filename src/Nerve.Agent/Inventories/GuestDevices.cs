using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>Devices that only virtual machines have, as <c>lscpu(1)</c> knows them.</summary>
internal static class GuestDevices
{
    public static string? Hypervisor(Machine machine) => Devices(machine).Select(NameOf).FirstOrDefault(name => name is not null);

    // Vendor and device.
    private static string? NameOf(PciId id) => id switch
    {
        (0x5853, 0x0001) => "xen",
        (0x15ad, 0x0740 or 0x0405 or 0x0710) => "vmware",
        (0x80ee, 0xbeef or 0xcafe) => "oracle",
        (0x1414, 0x5353) => "microsoft",
        _ => null,
    };

    private static IEnumerable<PciId> Devices(Machine machine)
    {
        const string Directory = "/sys/bus/pci/devices";
        var addresses = machine.List(Directory);
        foreach (var address in addresses)
        {
            yield return new(Number.Hex(machine.Line($"{Directory}/{address}/vendor")), Number.Hex(machine.Line($"{Directory}/{address}/device")));
        }

        // "0010\t80eebeef\t…"
        foreach (var line in addresses.Count > 0 ? [] : (machine.Text("/proc/bus/pci/devices") ?? "").Split('\n'))
        {
            if (line.Split('\t') is [_, { Length: 8 } id, ..])
            {
                yield return new(Number.Hex(id[..4]), Number.Hex(id[4..]));
            }
        }
    }

    private sealed record PciId(int? Vendor, int? Device);
}
