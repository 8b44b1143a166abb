using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

internal static class MemoryFacts
{
    public static MemoryInfo Collect(Machine machine)
    {
        var text = machine.Text("/proc/meminfo") ?? "";
        return new MemoryInfo
        {
            TotalBytes = Value(text, "MemTotal:"),
            SwapBytes = Value(text, "SwapTotal:"),
            Hugepages = Hugepages(machine, text),
        };
    }

    private static List<HugepagesInfo> Hugepages(Machine machine, string meminfo)
    {
        const string Directory = "/sys/kernel/mm/hugepages";
        var pools = new List<HugepagesInfo>();
        foreach (var name in machine.List(Directory))
        {
            // "hugepages-2048kB"
            if (name.Split('-') is [_, [.. var kilobytes, 'k', 'B']]
                && Number.Long(kilobytes) is { } size
                && Number.Long(machine.Line($"{Directory}/{name}/nr_hugepages")) is { } total
                && Number.Long(machine.Line($"{Directory}/{name}/free_hugepages")) is { } free)
            {
                pools.Add(new HugepagesInfo(size * 1024, total, free));
            }
        }

        return pools.Count == 0 && FromMeminfo(meminfo) is { } pool ? [pool] : pools;
    }

    private static HugepagesInfo? FromMeminfo(string text) =>
        Value(text, "Hugepagesize:") is { } size && Value(text, "HugePages_Total:") is { } total && Value(text, "HugePages_Free:") is { } free
            ? new HugepagesInfo(size, total, free)
            : null;

    // "MemTotal:       32734452 kB"; counts have no unit.
    private static long? Value(string text, string key)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(key, StringComparison.Ordinal))
            {
                var words = line[key.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return words.Length == 0 ? null : Number.Long(words[0]) * (words is [_, "kB", ..] ? 1024 : 1);
            }
        }

        return null;
    }
}
