using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Drives that a RAID controller made of others, as far as its driver tells the kernel, and what its own tool knows of them: how the
/// disks below are.</summary>
internal static class HardwareRaidFacts
{
    // megaraid_sas puts physical drives into channels 0 and 1, and what it made of them behind.
    private const int FirstVirtualChannel = 2;

    /// <param name="told">By the controllers' tool.</param>
    public static IEnumerable<RaidInfo> Collect(Machine machine, IReadOnlyList<RaidInfo> told)
    {
        List<RaidInfo> raids = [.. Collect(machine)];
        foreach (var raid in told)
        {
            var seen = raids.FindIndex(known => known.Name == raid.Name);
            if (seen < 0)
            {
                raids.Add(raid);
            }
            else
            {
                raids[seen] = raid with { SizeBytes = raids[seen].SizeBytes };
            }
        }

        return raids;
    }

    private static IEnumerable<RaidInfo> Collect(Machine machine)
    {
        foreach (var name in BlockDevices.Names(machine.Root).Where(name => name.StartsWith("sd", StringComparison.Ordinal)))
        {
            var device = $"{BlockDevices.Path(machine.Root, name)}/device";
            var driver = Driver(machine, device);
            var level = Level(machine, device);
            if (level is not null || (driver is "megaraid_sas" && Channel(machine, device) >= FirstVirtualChannel))
            {
                yield return new RaidInfo(name, level, State(machine, device), null, null)
                {
                    Kind = "hardware",
                    Controller = driver,
                    SizeBytes = Number.Long(machine.Line($"{BlockDevices.Path(machine.Root, name)}/size")) is >= 0 and < long.MaxValue / 512 and var sectors ? sectors * 512 : null,
                };
            }
        }
    }

    // hpsa and smartpqi: "RAID 1(1+0)", "RAID-5", and for a plain disk "N/A". Others keep it with the transport class "raid".
    private static string? Level(Machine machine, string device) =>
        machine.Line($"{device}/raid_level") is { } level && level.StartsWith("RAID", StringComparison.OrdinalIgnoreCase)
            ? $"raid{level[4..].TrimStart(' ', '-').Split('(')[0].TrimEnd().ToLowerInvariant()}"
            : RaidClass(machine, device, "level") is { } word && word != "unknown" ? word : null;

    // mpt3sas: "active", "degraded", "resyncing", "offline".
    private static string? State(Machine machine, string device) =>
        RaidClass(machine, device, "state") is { } state && state != "unknown" ? state : null;

    private static string? RaidClass(Machine machine, string device, string attribute) =>
        machine.List($"{device}/raid_devices").Select(entry => machine.Line($"{device}/raid_devices/{entry}/{attribute}")).FirstOrDefault();

    // ".../host0/target0:2:0/0:2:0:0"
    private static int? Channel(Machine machine, string device) =>
        machine.Root.LinkName(device)?.Split(':') is [_, var channel, _, _] ? Number.Int(channel) : null;

    private static string? Driver(Machine machine, string device) =>
        machine.Root.Resolve(device)?.Split('/').FirstOrDefault(step => EdacFacts.Numbered(step, "host")) is { } host
            ? machine.Line($"/sys/class/scsi_host/{host}/proc_name")
            : null;
}
