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
        // Drivers put files such as bonding_masters beside the interfaces.
        return [.. machine.List(Directory)
            .Where(name => machine.Root.IsDirectory($"{Directory}/{name}"))
            .Select(name => Describe(machine, name, addresses[name]))];
    }

    private static NetworkInterfaceInfo Describe(Machine machine, string name, IEnumerable<string> addresses)
    {
        var directory = $"{Directory}/{name}";
        return new NetworkInterfaceInfo
        {
            Name = name,
            Type = InterfaceType.Of(machine, name, directory),
            Mac = Mac(machine.Line($"{directory}/address")),
            Mtu = Number.Int(machine.Line($"{directory}/mtu")),
            SpeedMbps = Speed(machine.Line($"{directory}/speed")),
            Duplex = machine.Line($"{directory}/duplex") is "full" or "half" ? machine.Line($"{directory}/duplex") : null,
            State = machine.Line($"{directory}/operstate"),
            Driver = machine.Root.LinkName($"{directory}/device/driver"),
            PciAddress = PciAddress.OfDevice(machine.Root.Resolve($"{directory}/device")),
            Master = machine.Root.LinkName($"{directory}/master"),
            Addresses = [.. addresses],
        };
    }

    // Interfaces without a hardware address have zeros.
    private static string? Mac(string? address) => address?.All(letter => letter is '0' or ':') == false ? address : null;

    // Without a link the kernel refuses to say, or says -1, on older kernels as an unsigned number.
    private static long? Speed(string? speed) => Number.Long(speed) is > 0 and < uint.MaxValue and not ushort.MaxValue and var mbps ? mbps : null;
}
