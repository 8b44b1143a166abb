using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The volumes of the device mapper: LVM, encryption, multipath.</summary>
internal static class VolumeFacts
{
    public static IReadOnlyList<VolumeInfo> Collect(Machine machine)
    {
        var volumes = new List<VolumeInfo>();
        foreach (var device in machine.List("/sys/block").Where(name => name.StartsWith("dm-", StringComparison.Ordinal)))
        {
            var directory = $"/sys/block/{device}";
            volumes.Add(new VolumeInfo(
                machine.Line($"{directory}/dm/name") ?? device,
                device,
                Kind(machine.Line($"{directory}/dm/uuid")),
                Number.Long(machine.Line($"{directory}/size")) is >= 0 and < long.MaxValue / 512 and var sectors ? sectors * 512 : null,
                machine.List($"{directory}/slaves")));
        }

        return volumes;
    }

    // Whoever made the volume put its name before the UUID: "LVM-…", "CRYPT-LUKS2-…", "mpath-…", "part1-mpath-…".
    private static string? Kind(string? uuid) => uuid?.Split('-')[0] switch
    {
        null => null,
        "LVM" => "lvm",
        "CRYPT" => "crypt",
        "mpath" => "multipath",
        "DMRAID" => "raid",
        var prefix when prefix.StartsWith("part", StringComparison.Ordinal) => "partition",
        var prefix => prefix.ToLowerInvariant(),
    };
}
