using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The ports of InfiniBand and RoCE adapters.</summary>
internal static class InfinibandFacts
{
    private const string Directory = "/sys/class/infiniband";

    public static IReadOnlyList<InfinibandPortInfo> Collect(Machine machine) =>
    [
        .. from device in machine.List(Directory)
           from port in machine.List($"{Directory}/{device}/ports")
           where Number.Int(port) is not null
           select Describe(machine, device, port),
    ];

    private static InfinibandPortInfo Describe(Machine machine, string device, string port)
    {
        var adapter = $"{Directory}/{device}";
        var directory = $"{adapter}/ports/{port}";
        return new InfinibandPortInfo
        {
            Device = device,
            Port = Number.Int(port) ?? 0,
            LinkLayer = machine.Line($"{directory}/link_layer"),
            State = AfterNumber(machine.Line($"{directory}/state")),
            PhysicalState = AfterNumber(machine.Line($"{directory}/phys_state")),
            // "400 Gb/sec (4X NDR)"
            RateGbps = Number.Double(machine.Line($"{directory}/rate")?.Split(' ')[0]),
            Guid = machine.Line($"{adapter}/node_guid"),
            Firmware = machine.Line($"{adapter}/fw_ver"),
            Board = machine.Line($"{adapter}/board_id"),
        };
    }

    // "4: ACTIVE"
    private static string? AfterNumber(string? state) => state?[(state.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
}
