using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>Linux software RAID from <c>/proc/mdstat</c>, and what hardware made.</summary>
internal static class RaidFacts
{
    private static readonly string[] s_actions = ["reshape", "recovery", "resync", "check", "repair"];

    public static IReadOnlyList<RaidInfo> Collect(Machine machine) =>
        [.. Parse(machine.Text("/proc/mdstat") ?? "").Select(raid => Complete(machine, raid)), .. HardwareRaidFacts.Collect(machine, machine.Controllers.Raids)];

    public static IReadOnlyList<RaidInfo> Parse(string text)
    {
        var raids = new List<RaidInfo>();
        foreach (var paragraph in Paragraphs(text))
        {
            // "md1 : active (auto-read-only) raid1 sdb1[1] sda1[0](F)"
            if (paragraph[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, ":", var state, .. var rest])
            {
                raids.Add(Describe(name, state, rest, paragraph));
            }
        }

        return raids;
    }

    private static RaidInfo Describe(string name, string state, string[] words, List<string> paragraph)
    {
        var level = words.FirstOrDefault(word => !word.StartsWith('(') && !word.Contains('[', StringComparison.Ordinal));
        var members = words.Where(word => word.Contains('[', StringComparison.Ordinal)).Select(Member).ToList();
        var working = members.Count(member => member.State is "active" or "writeMostly");
        var (disks, active) = Counts(paragraph);
        return new RaidInfo(
            name,
            level,
            State(state, disks, active, paragraph),
            // Levels without redundancy have no [n/m]: all their members are in use, or the array is not.
            Disks: disks ?? (state == "active" ? working : null),
            ActiveDisks: active ?? (state == "active" ? working : null))
        {
            SizeBytes = Size(paragraph),
            ReadOnly = words.Contains("(read-only)", StringComparer.Ordinal),
            Members = members,
        };
    }

    // An array that is not assembled has no level and no count in mdstat; a container of external metadata is none.
    private static RaidInfo Complete(Machine machine, RaidInfo raid)
    {
        var directory = $"/sys/block/{raid.Name}/md";
        return raid.State != "inactive" ? raid : raid with
        {
            Level = raid.Level ?? machine.Line($"{directory}/level"),
            Disks = raid.Disks ?? (Number.Int(machine.Line($"{directory}/raid_disks")) is > 0 and var disks ? disks : null),
        };
    }

    // "sdb1[2](F)"; of several marks the worst counts.
    private static RaidMemberInfo Member(string word)
    {
        var bracket = word.IndexOf('[', StringComparison.Ordinal);
        var end = word.IndexOf(']', StringComparison.Ordinal);
        bool Marked(string mark) => word.Contains(mark, StringComparison.Ordinal);
        return new RaidMemberInfo(
            word[..bracket],
            end > bracket ? Number.Int(word[(bracket + 1)..end]) : null,
            Marked("(F)") ? "faulty" : Marked("(S)") ? "spare" : Marked("(J)") ? "journal" : Marked("(R)") ? "replacement" : Marked("(W)") ? "writeMostly" : "active");
    }

    // "      5909504 blocks super 1.2 [2/2] [UU]", in KiB.
    private static long? Size(List<string> paragraph)
    {
        foreach (var line in paragraph.Skip(1))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var blocks, "blocks", ..])
            {
                return Number.Long(blocks) is >= 0 and < long.MaxValue / 1024 and var kilobytes ? kilobytes * 1024 : null;
            }
        }

        return null;
    }

    private static string State(string state, int? disks, int? active, List<string> paragraph)
    {
        var progress = paragraph.Skip(1).FirstOrDefault(line => line.Contains(" = ", StringComparison.Ordinal) || line.Contains("=PENDING", StringComparison.Ordinal) || line.Contains("=DELAYED", StringComparison.Ordinal));
        var action = s_actions.FirstOrDefault(name => progress?.Contains(name, StringComparison.Ordinal) == true);
        return action ?? (active < disks ? "degraded" : state);
    }

    // "…algorithm 2 [10/9] [UUUUUUUUU_]"
    private static (int? Disks, int? Active) Counts(List<string> paragraph)
    {
        foreach (var word in paragraph.Skip(1).SelectMany(line => line.Split(' ')))
        {
            if (word.StartsWith('[') && word.EndsWith(']') && word[1..^1].Split('/') is [var disks, var active]
                && Number.Int(disks) is { } all && Number.Int(active) is { } working)
            {
                return (all, working);
            }
        }

        return (null, null);
    }

    // An array starts at the margin, what is said of it is indented.
    private static IEnumerable<List<string>> Paragraphs(string text)
    {
        List<string>? paragraph = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0 && char.IsWhiteSpace(line[0]))
            {
                paragraph?.Add(line);
                continue;
            }

            if (paragraph is not null)
            {
                yield return paragraph;
            }

            paragraph = line.StartsWith("md", StringComparison.Ordinal) ? [line] : null;
        }

        if (paragraph is not null)
        {
            yield return paragraph;
        }
    }
}
