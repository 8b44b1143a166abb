using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Inventories;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks;

/// <summary>Adds their health to the disks that can have some, and the disks behind RAID controllers, which the kernel does not have.</summary>
internal static class DiskHealth
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    // The first inventory would have disks without health, and the second would make that a change. smartctl has 20 s for a disk.
    private static readonly TimeSpan s_firstPatience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<DiskInfo> Add(Machine machine, IReadOnlyList<DiskInfo> disks)
    {
        // Disks of a hypervisor, of a storage network or behind a RAID controller have no health of their own.
        List<string> names = [.. disks.Where(disk => disk.Transport is "sata" or "sas" or "nvme").Select(disk => disk.Name)];
        var hasController = RaidDrivers.Find(machine.Root).Any();
        if (machine.Probes?.Smart is not { } probe || (names.Count == 0 && !hasController))
        {
            return disks;
        }

        var hasSmartctl = SmartTool.Find(machine.Root) is not null;
        if (!hasSmartctl)
        {
            machine.Report("smartctl", SmartTool.Missing);
        }

        if (!IsWorthAsking(names.Count > 0, hasController, hasSmartctl, RaidTool.Find(machine.Root) is not null)
            || Ask(machine, probe, hasSmartctl ? names : []) is not { } reply)
        {
            return disks;
        }

        machine.Controllers = reply;
        List<DiskInfo> all = [.. disks, .. Behind(disks, reply)];
        return all.ConvertAll(disk => reply.Smart.TryGetValue(disk.Name, out var smart) ? disk with { Smart = smart } : disk);
    }

    /// <summary>Those that the kernel has not: a controller may show a disk and let smartctl past it as well.</summary>
    internal static IEnumerable<DiskInfo> Behind(IReadOnlyList<DiskInfo> disks, ProbeReply reply) =>
        reply.Disks.Where(member => member.Serial is null || !disks.Any(disk => disk.Serial == member.Serial));

    /// <summary>Whether there is something to ask about, and a tool for it.</summary>
    internal static bool IsWorthAsking(bool hasDisks, bool hasController, bool hasSmartctl, bool hasRaidTool) =>
        (hasSmartctl && (hasDisks || hasController)) || (hasRaidTool && hasController);

    private static ProbeReply? Ask(Machine machine, Probe probe, List<string> names)
    {
        probe.Want();
        var patience = probe.KnowsParts ? s_patience : s_firstPatience;
        var reply = probe.AskParts(new ProbeRequest(ProbeAsk.Inventory, Names: names, PatienceMilliseconds: (int)patience.TotalMilliseconds), patience + s_margin);
        foreach (var problem in reply?.Problems ?? [])
        {
            machine.Report(problem.Source, problem.Reason);
        }

        return reply;
    }
}
