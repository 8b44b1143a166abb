using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Every network interface.</summary>
internal static class NetworkFacts
{
    private const string Directory = "/sys/class/net";

    public static IReadOnlyList<NetworkInterfaceInfo> Collect(Machine machine)
    {
        var addresses = InterfaceAddresses.Collect(machine);
        var vlans = Vlans(machine);
        var cards = new List<NetworkInterfaceInfo>();
        foreach (var name in Names(machine))
        {
            machine.Guard($"{Directory}/{name}", () => cards.Add(Describe(machine, name) with
            {
                Addresses = [.. addresses[name]],
                VlanId = vlans.TryGetValue(name, out var vlan) ? vlan : null,
            }));
        }

        return cards;
    }

    // Drivers put files such as bonding_masters beside the interfaces. Without sysfs there are still the counters.
    private static IReadOnlyList<string> Names(Machine machine)
    {
        var names = machine.List(Directory).Where(name => machine.Root.IsDirectory($"{Directory}/{name}")).ToList();
        if (names.Count > 0)
        {
            return names;
        }

        var net = NetworkFiles.Directory(machine.Root);
        var counted = (machine.Text($"{net}/dev") ?? "").Split('\n').Select(line => line.LastIndexOf(':') is > 0 and var colon ? line[..colon].Trim() : "").Where(name => name.Length > 0);
        return [.. counted.Union(machine.List($"{net}/bonding"), StringComparer.Ordinal).Order(NaturalOrder.Instance)];
    }

    private static NetworkInterfaceInfo Describe(Machine machine, string name)
    {
        var directory = $"{Directory}/{name}";
        var device = $"{directory}/device";
        var address = PciAddress.OfDevice(machine.Root.Resolve(device));
        var bond = BondFacts.Collect(machine, name);
        return new NetworkInterfaceInfo
        {
            Name = name,
            Type = bond is null ? InterfaceType.Of(machine, name, directory) : "bond",
            Mac = Mac(machine.Line($"{directory}/address")),
            Mtu = Number.Int(machine.Line($"{directory}/mtu")),
            SpeedMbps = Speed(machine.Line($"{directory}/speed")),
            Duplex = machine.Line($"{directory}/duplex") is "full" or "half" ? machine.Line($"{directory}/duplex") : null,
            State = machine.Line($"{directory}/operstate"),
            Carrier = machine.Line($"{directory}/carrier") switch { "1" => true, "0" => false, _ => null },
            Driver = machine.Root.LinkName($"{device}/driver"),
            Firmware = machine.Root.IsLive && machine.Root.Exists(device) ? machine.Root.Ask($"ethtool {name}", () => Ethtool.Firmware(name)) : null,
            PciAddress = address,
            PciId = PciId(machine, address),
            NumaNode = Number.Int(machine.Line($"{device}/numa_node")) is >= 0 and var node ? node : null,
            Master = machine.Root.LinkName($"{directory}/master"),
            Lower = [.. machine.List(directory).Where(entry => entry.StartsWith("lower_", StringComparison.Ordinal)).Select(entry => entry["lower_".Length..])],
            Bond = bond,
            VirtualFunctions = Number.Int(machine.Line($"{device}/sriov_numvfs")),
            MaxVirtualFunctions = Number.Int(machine.Line($"{device}/sriov_totalvfs")),
        };
    }

    // Not of the device itself, which may be a virtio device behind the PCI function and number itself otherwise.
    private static string? PciId(Machine machine, string? address) =>
        address is not null
        && Number.Hex(machine.Line($"/sys/bus/pci/devices/{address}/vendor")) is { } vendor
        && Number.Hex(machine.Line($"/sys/bus/pci/devices/{address}/device")) is { } product
            ? $"{vendor:x4}:{product:x4}"
            : null;

    // "eth0.1015      | 1015  | eth0"
    private static Dictionary<string, int> Vlans(Machine machine)
    {
        var vlans = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in (machine.Text($"{NetworkFiles.Directory(machine.Root)}/vlan/config") ?? "").Split('\n'))
        {
            if (line.Split('|', StringSplitOptions.TrimEntries) is [var name, var id, _] && Number.Int(id) is { } number)
            {
                vlans[name] = number;
            }
        }

        return vlans;
    }

    // Interfaces without a hardware address have zeros.
    private static string? Mac(string? address) => address?.All(letter => letter is '0' or ':') == false ? address : null;

    // Without a link the kernel refuses to say, or says -1, on older kernels as an unsigned number.
    private static long? Speed(string? speed) => Number.Long(speed) is > 0 and < uint.MaxValue and not ushort.MaxValue and var mbps ? mbps : null;
}
