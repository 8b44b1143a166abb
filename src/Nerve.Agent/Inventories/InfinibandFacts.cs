using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The ports of InfiniBand and RoCE adapters.</summary>
internal static class InfinibandFacts
{
    private const string Directory = "/sys/class/infiniband";

    public static IReadOnlyList<InfinibandPortInfo> Collect(Machine machine)
    {
        var ports = new List<InfinibandPortInfo>();
        foreach (var device in machine.List(Directory))
        {
            foreach (var port in machine.List($"{Directory}/{device}/ports").Select(Number.Int).OfType<int>())
            {
                machine.Guard($"{Directory}/{device}/ports/{port}", () => ports.Add(Describe(machine, device, port)));
            }
        }

        return ports;
    }

    private static InfinibandPortInfo Describe(Machine machine, string device, int port)
    {
        var adapter = $"{Directory}/{device}";
        var directory = $"{adapter}/ports/{port}";
        // "400 Gb/sec (4X NDR)"
        var rate = machine.Line($"{directory}/rate");
        return new InfinibandPortInfo
        {
            Device = device,
            Port = port,
            LinkLayer = machine.Line($"{directory}/link_layer"),
            State = AfterNumber(machine.Line($"{directory}/state")),
            PhysicalState = AfterNumber(machine.Line($"{directory}/phys_state")),
            RateGbps = Number.Double(rate?.Split(' ')[0]),
            Speed = rate?.IndexOf('(', StringComparison.Ordinal) is >= 0 and var bracket ? rate[(bracket + 1)..].TrimEnd(')') : null,
            Guid = Guid(machine.Line($"{adapter}/node_guid")),
            PortGuid = PortGuid(machine.Line($"{directory}/gids/0")),
            SystemImageGuid = Guid(machine.Line($"{adapter}/sys_image_guid")),
            Firmware = machine.Line($"{adapter}/fw_ver"),
            Board = machine.Line($"{adapter}/board_id"),
            HcaType = machine.Line($"{adapter}/hca_type"),
            Description = machine.Line($"{adapter}/node_desc"),
            Lid = Lid(machine.Line($"{directory}/lid")),
            SubnetManagerLid = Lid(machine.Line($"{directory}/sm_lid")),
            PciAddress = PciAddress.OfDevice(machine.Root.Resolve($"{adapter}/device")),
            NumaNode = Number.Int(machine.Line($"{adapter}/device/numa_node")) is >= 0 and var node ? node : null,
            Interfaces = Interfaces(machine, adapter, port),
            Errors = Errors(machine, directory),
        };
    }

    // A function has an interface for each of its ports, counted from 0; mostly each port is a function of its own.
    private static List<string> Interfaces(Machine machine, string adapter, int port)
    {
        var interfaces = machine.List($"{adapter}/device/net");
        var ports = machine.List($"{adapter}/ports").Count;
        return [.. interfaces.Where(name => ports == 1 || (Number.Int(machine.Line($"{adapter}/device/net/{name}/dev_port")) ?? 0) == port - 1)];
    }

    // Adapters without performance management say "N/A (no PMA)".
    private static SortedDictionary<string, long> Errors(Machine machine, string port)
    {
        var errors = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (directory, name) in InfinibandCounters.Errors)
        {
            if (Number.Long(machine.Line($"{port}/{directory}/{name}")) is >= 0 and var count)
            {
                errors[name] = count;
            }
        }

        return errors;
    }

    // "4: ACTIVE"
    private static string? AfterNumber(string? state) => state?[(state.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();

    private static string? Guid(string? guid) => guid?.All(letter => letter is '0' or ':') == false ? guid : null;

    // A GID is the subnet's prefix and the port's GUID: "fe80:0000:0000:0000:0002:c903:00f9:bfa1".
    private static string? PortGuid(string? gid) => gid?.Split(':') is { Length: 8 } parts ? Guid(string.Join(':', parts[4..])) : null;

    // Zero until a subnet manager gives one; Ethernet has none.
    private static int? Lid(string? lid) => Number.Hex(lid) is > 0 and < 0xFFFF and var number ? number : null;
}
