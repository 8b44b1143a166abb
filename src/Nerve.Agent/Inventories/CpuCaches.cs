using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>The caches, each once however many CPUs share it. A hybrid machine has several sizes at one level.</summary>
internal static class CpuCaches
{
    private static readonly (string File, int Level, string Type)[] s_sparc =
        [("l1_dcache_size", 1, "Data"), ("l1_icache_size", 1, "Instruction"), ("l2_cache_size", 2, "Unified")];

    public static IReadOnlyList<CacheInfo> Collect(Machine machine)
    {
        var instances = new HashSet<Instance>();
        foreach (var cpu in CpuTopology.Cpus(machine))
        {
            Sparc(machine, cpu, instances);
            var directory = $"{CpuTopology.Directory}/{cpu}/cache";
            foreach (var index in machine.List(directory).Where(name => name.StartsWith("index", StringComparison.Ordinal)))
            {
                if (Read(machine, $"{directory}/{index}") is { } instance)
                {
                    instances.Add(instance);
                }
            }
        }

        var caches = instances
            .GroupBy(instance => instance with { Owners = "" })
            .Select(same => new CacheInfo(same.Key.Level, same.Key.Type, same.Key.Size, same.Count(), same.Key.Size * same.Count()))
            .ToList();
        return
        [
            .. caches.Concat(Mainframe(machine.CpuInfo, caches))
                .OrderBy(cache => cache.Level)
                .ThenBy(cache => cache.Type, StringComparer.Ordinal)
                .ThenByDescending(cache => cache.SizeBytes),
        ];
    }

    private static Instance? Read(Machine machine, string directory) =>
        Number.Int(machine.Line($"{directory}/level")) is { } level
        && machine.Line($"{directory}/type") is { } type
        && Number.Size(machine.Line($"{directory}/size")) is { } size and > 0
        && (machine.Line($"{directory}/shared_cpu_map") ?? machine.Line($"{directory}/shared_cpu_list") ?? machine.Line($"{directory}/id")) is { } owners
            ? new Instance(level, type, size, owners)
            : null;

    // SPARC has a file for each cache of each processor, and shares none. Sizes are in bytes.
    private static void Sparc(Machine machine, string cpu, HashSet<Instance> instances)
    {
        if (machine.CpuInfo.Family != CpuFamily.Sparc)
        {
            return;
        }

        foreach (var (file, level, type) in s_sparc)
        {
            if (Number.Long(machine.Line($"{CpuTopology.Directory}/{cpu}/{file}")) is > 0 and var size)
            {
                instances.Add(new Instance(level, type, size, cpu));
            }
        }
    }

    // s390 tells of the caches beyond the chip only in cpuinfo: "cache4 : level=3 type=Unified scope=Shared size=65536K …".
    private static IEnumerable<CacheInfo> Mainframe(CpuInfoFile file, List<CacheInfo> known)
    {
        if (file.Family != CpuFamily.S390)
        {
            yield break;
        }

        foreach (var (_, value) in file.Entries.Where(entry => entry.Key.StartsWith("cache", StringComparison.Ordinal)))
        {
            var fields = KeyValueFile.Parse(value.Replace(' ', '\n'));
            if (fields.GetValueOrDefault("scope") == "Shared"
                && Number.Int(fields.GetValueOrDefault("level")) is { } level
                && fields.GetValueOrDefault("type") is { } type
                && Number.Size(fields.GetValueOrDefault("size")) is { } size
                && !known.Exists(cache => cache.Level == level))
            {
                yield return new CacheInfo(level, type, size, 1, size);
            }
        }
    }

    private sealed record Instance(int Level, string Type, long Size, string Owners);
}
