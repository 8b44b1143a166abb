using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>A bond and its slaves, from <c>/proc/net/bonding</c>, else from sysfs.</summary>
internal static class BondFacts
{
    public static BondInfo? Collect(Machine machine, string name) =>
        machine.Text($"{NetworkFiles.Directory(machine.Root)}/bonding/{name}") is { } text ? Parse(text) : FromSysfs(machine, name);

    public static BondInfo Parse(string text)
    {
        var sections = Sections(text);
        var bond = sections[0];
        return new BondInfo(
            Mode(bond.GetValueOrDefault("Bonding Mode")),
            bond.GetValueOrDefault("MII Status"),
            Known(bond.GetValueOrDefault("Currently Active Slave")),
            bond.GetValueOrDefault("Transmit Hash Policy")?.Split(' ')[0],
            bond.GetValueOrDefault("LACP rate"),
            Number.Int(bond.GetValueOrDefault("Aggregator ID")),
            [.. sections.Skip(1).Select(slave => new BondSlaveInfo(
                slave.GetValueOrDefault("Slave Interface") ?? "",
                slave.GetValueOrDefault("MII Status"),
                Number.Long(slave.GetValueOrDefault("Link Failure Count")),
                slave.GetValueOrDefault("Permanent HW addr") is { Length: > 0 } address ? address : null,
                Number.Int(slave.GetValueOrDefault("Aggregator ID"))))]);
    }

    // "key: value" lines; each slave begins with its name. What is indented belongs to a heading, of which one is wanted.
    private static List<Dictionary<string, string>> Sections(string text)
    {
        var sections = new List<Dictionary<string, string>> { new(StringComparer.Ordinal) };
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                continue;
            }

            var key = line[..colon].Trim();
            if (key == "Slave Interface")
            {
                sections.Add(new Dictionary<string, string>(StringComparer.Ordinal));
            }

            sections[^1].TryAdd(key, line[(colon + 1)..].Trim());
        }

        return sections;
    }

    private static BondInfo? FromSysfs(Machine machine, string name)
    {
        var directory = $"/sys/class/net/{name}/bonding";
        if (!machine.Root.IsDirectory(directory))
        {
            return null;
        }

        // "802.3ad 4": the name and the number.
        string? Word(string file) => machine.Line($"{directory}/{file}")?.Split(' ')[0];
        return new BondInfo(
            Word("mode"), Word("mii_status"), Word("active_slave"), Word("xmit_hash_policy"), Word("mode") == "802.3ad" ? Word("lacp_rate") : null,
            Number.Int(Word("ad_aggregator")),
            [.. (machine.Line($"{directory}/slaves") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(slave => Slave(machine, slave))]);
    }

    private static BondSlaveInfo Slave(Machine machine, string name)
    {
        var directory = $"/sys/class/net/{name}/bonding_slave";
        return new BondSlaveInfo(
            name,
            machine.Line($"{directory}/mii_status"),
            Number.Long(machine.Line($"{directory}/link_failure_count")),
            machine.Line($"{directory}/perm_hwaddr"),
            Number.Int(machine.Line($"{directory}/ad_aggregator_id")));
    }

    // The driver describes modes in one place and names them in the others (bond_main.c).
    private static string? Mode(string? description) => description switch
    {
        "load balancing (round-robin)" => "balance-rr",
        "load balancing (xor)" => "balance-xor",
        "fault-tolerance (broadcast)" => "broadcast",
        "IEEE 802.3ad Dynamic link aggregation" => "802.3ad",
        "transmit load balancing" => "balance-tlb",
        "adaptive load balancing" => "balance-alb",
        // "fault-tolerance (active-backup) (fail_over_mac active)"
        not null when description.StartsWith("fault-tolerance (active-backup)", StringComparison.Ordinal) => "active-backup",
        _ => description,
    };

    private static string? Known(string? name) => name is null or "None" ? null : name;
}
