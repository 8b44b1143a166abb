using Nerve.Agent.Inventories;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks;

/// <summary>Adds their health to the disks that can have some.</summary>
internal static class DiskHealth
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    public static IReadOnlyList<DiskInfo> Add(Machine machine, IReadOnlyList<DiskInfo> disks)
    {
        // Disks of a hypervisor, of a storage network or behind a RAID controller have no health of their own.
        List<string> names = [.. disks.Where(disk => disk.Transport is "sata" or "sas" or "nvme").Select(disk => disk.Name)];
        if (machine.Probes?.Smart is not { } probe || names.Count == 0)
        {
            return disks;
        }

        if (SmartTool.Find() is null)
        {
            machine.Report("smartctl", SmartTool.Missing);
            return disks;
        }

        return Ask(machine, probe, names) is { } health
            ? [.. disks.Select(disk => health.TryGetValue(disk.Name, out var smart) ? disk with { Smart = smart } : disk)]
            : disks;
    }

    private static IReadOnlyDictionary<string, SmartInfo>? Ask(Machine machine, Probe probe, List<string> names)
    {
        probe.Want();
        var reply = probe.Ask(new ProbeRequest(ProbeAsk.Inventory, Names: names, PatienceMilliseconds: (int)s_patience.TotalMilliseconds), s_wait);
        foreach (var problem in reply?.Problems ?? [])
        {
            machine.Report(problem.Source, problem.Reason);
        }

        return reply?.Smart;
    }
}
