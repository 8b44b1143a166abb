using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>What kind of interface it is, from the hardware type and from what the driver leaves in its directory.</summary>
internal static class InterfaceType
{
    // Devices that exist in software only and say so nowhere but in their default name.
    private static readonly string[] s_software = ["dummy", "ifb", "nlmon", "team"];

    public static string? Of(Machine machine, string name, string directory) => Number.Int(machine.Line($"{directory}/type")) switch
    {
        // ARPHRD_* of if_arp.h.
        1 => Ethernet(machine, name, directory),
        32 => "infiniband",
        280 => "can",
        512 => "ppp",
        768 or 769 or 776 or 778 or 823 => "tunnel",
        772 => "loopback",
        801 or 802 or 803 => "wifi",
        65534 when machine.Root.Exists($"{directory}/tun_flags") => "tun",
        65534 => DeviceType(machine, directory) ?? "tunnel",
        null => null,
        _ => "other",
    };

    private static string Ethernet(Machine machine, string name, string directory)
    {
        bool Has(string entry) => machine.Root.Exists($"{directory}/{entry}");
        return Has("bonding") ? "bond"
            : Has("bridge") ? "bridge"
            : Has("wireless") || Has("phy80211") ? "wifi"
            : Has("tun_flags") ? "tun"
            : DeviceType(machine, directory) ?? Virtual(machine, name, directory);
    }

    // The kernel's own word for virtual kinds: vlan, vxlan, macvlan, ipvlan, geneve, wwan, wlan, …
    private static string? DeviceType(Machine machine, string directory) =>
        KeyValueFile.Parse(machine.Text($"{directory}/uevent") ?? "").GetValueOrDefault("DEVTYPE") switch
        {
            null or "" => null,
            "wlan" => "wifi",
            // Many old drivers of real cards say this, or name the bus.
            "gadget" or "dsa" => "ethernet",
            var type => type,
        };

    private static string Virtual(Machine machine, string name, string directory)
    {
        if (machine.Root.Exists($"{directory}/device"))
        {
            return "ethernet";
        }

        if (machine.Root.Exists($"/proc/net/vlan/{name}"))
        {
            return "vlan";
        }

        // Half of a pair: its other half is its link, and it has nothing below itself.
        var paired = machine.Line($"{directory}/iflink") is { } link && link != machine.Line($"{directory}/ifindex");
        var lower = machine.List(directory).Any(entry => entry.StartsWith("lower_", StringComparison.Ordinal));
        return paired && !lower ? "veth"
            : s_software.FirstOrDefault(kind => name.StartsWith(kind, StringComparison.Ordinal)) ?? "ethernet";
    }
}
