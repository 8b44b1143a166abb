using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks.Raid;

/// <summary>What the tool of a maker of RAID controllers says.</summary>
/// <param name="Controllers">Known again by their PCI addresses; their hosts are the kernel's to say.</param>
/// <param name="Temperatures">In °C, of the controllers that have a sensor, in their order.</param>
internal sealed record RaidReport(IReadOnlyList<StorageControllerInfo> Controllers, IReadOnlyList<RaidInfo> Raids, IReadOnlyList<double?> Temperatures)
{
    public static RaidReport Nothing { get; } = new([], [], []);
}
