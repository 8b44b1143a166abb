using Nerve.Agent.Inventories.Smbios;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>How much memory there is, in what modules, and how well it is.</summary>
internal static class MemoryFacts
{
    public static MemoryInfo Collect(Machine machine)
    {
        var text = machine.Text("/proc/meminfo") ?? "";
        var modules = MemoryModules.Of(machine.Smbios);
        var udev = modules.Count == 0 ? MemoryUdevRecord.Of(machine) : null;
        modules = udev?.Modules() ?? modules;
        return new MemoryInfo
        {
            TotalBytes = Value(text, "MemTotal:") ?? Online(machine),
            InstalledBytes = modules.Any(module => module.SizeBytes is not null) ? modules.Sum(module => module.SizeBytes) : null,
            MaximumBytes = MemoryArrays.MaximumBytes(machine.Smbios),
            SwapBytes = Value(text, "SwapTotal:"),
            Hugepages = Hugepages(machine, text),
            TransparentHugepages = Chosen(machine.Line("/sys/kernel/mm/transparent_hugepage/enabled")),
            Ecc = EccFacts.Of(MemoryArrays.ErrorCorrection(machine.Smbios) ?? udev?.ErrorCorrection, modules, EdacFacts.Collect(machine)),
            Modules = modules,
        };
    }

    // "always [madvise] never"
    private static string? Chosen(string? choices) =>
        choices?.Split(' ').FirstOrDefault(word => word is ['[', .., ']'])?.Trim('[', ']');

    // The blocks that memory is plugged in by, each with its state; the block size is in hexadecimal.
    private static long? Online(Machine machine)
    {
        const string Directory = "/sys/devices/system/memory";
        if (Number.HexLong(machine.Line($"{Directory}/block_size_bytes")) is not (> 0 and var size))
        {
            return null;
        }

        var online = machine.List(Directory).LongCount(name => EdacFacts.Numbered(name, "memory") && machine.Line($"{Directory}/{name}/state") == "online");
        return online > 0 && size <= long.MaxValue / online ? online * size : null;
    }

    private static List<HugepagesInfo> Hugepages(Machine machine, string meminfo)
    {
        const string Directory = "/sys/kernel/mm/hugepages";
        var pools = new List<HugepagesInfo>();
        foreach (var name in machine.List(Directory))
        {
            // "hugepages-2048kB"
            if (name.Split('-') is [_, [.. var kilobytes, 'k', 'B']]
                && Number.Long(kilobytes) is > 0 and < long.MaxValue / 1024 and var size
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
                return words.Length == 0 ? null
                    : words is not [_, "kB", ..] ? Number.Long(words[0])
                    : Number.Long(words[0]) is >= 0 and <= long.MaxValue / 1024 and var kilobytes ? kilobytes * 1024 : null;
            }
        }

        return null;
    }
}
