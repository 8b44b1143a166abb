using Nerve.Agent.Linux;

namespace Nerve.Agent.Inventories;

/// <summary>The shapes that <c>/proc/cpuinfo</c> comes in.</summary>
internal enum CpuFamily
{
    Unknown,
    X86,
    Arm,
    Power,
    S390,
    RiscV,
    LoongArch,
    Sparc,
}

/// <summary><c>/proc/cpuinfo</c>: blocks of <c>key : value</c>, mostly one for each processor that is on-line.</summary>
internal sealed class CpuInfoFile
{
    private readonly List<Dictionary<string, string>> _blocks;

    private CpuInfoFile(List<Dictionary<string, string>> blocks)
    {
        _blocks = blocks;
        Processors = [.. blocks.Where(block => block.TryGetValue("processor", out var number) && Number.Int(number) is not null)];
        Family = FamilyOf(this);
    }

    public CpuFamily Family { get; }

    /// <summary>The blocks of single processors.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Processors { get; }

    /// <summary>How many processors are listed; null when none is, so that it cannot be told.</summary>
    public int? ProcessorCount =>
        Processors.Count > 0
            ? Processors.Count
            : Keys(key => key.StartsWith("processor ", StringComparison.Ordinal) && Number.Int(key[10..]) is not null)
                // SPARC: "CPU6 : online".
                ?? Keys(key => key.StartsWith("CPU", StringComparison.Ordinal) && Number.Int(key[3..]) is not null)
                ?? Number.Int(First("ncpus active"))
                ?? Number.Int(First("# processors"));

    public static CpuInfoFile Parse(string text)
    {
        var blocks = new List<Dictionary<string, string>>();
        Dictionary<string, string>? block = null;
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                block = string.IsNullOrWhiteSpace(line) ? null : block;
                continue;
            }

            var key = line[..colon].Trim();
            if (block is null || (key == "processor" && block.ContainsKey(key)))
            {
                blocks.Add(block = new Dictionary<string, string>(StringComparer.Ordinal));
            }

            block[key] = line[(colon + 1)..].Trim();
        }

        return new CpuInfoFile(blocks);
    }

    /// <summary>The first value of a key; null when it is nowhere, or empty.</summary>
    public string? First(string key)
    {
        foreach (var block in _blocks)
        {
            if (block.TryGetValue(key, out var value) && value.Length > 0)
            {
                return value;
            }
        }

        return null;
    }

    public IReadOnlyList<string> Words(string key) => First(key)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Everything that is said about all processors, in order: keys and values.</summary>
    public IEnumerable<KeyValuePair<string, string>> Entries => _blocks.SelectMany(block => block);

    private int? Keys(Func<string, bool> matches) =>
        Entries.Select(entry => entry.Key).Where(matches).Distinct(StringComparer.Ordinal).Count() is > 0 and var count ? count : null;

    private static CpuFamily FamilyOf(CpuInfoFile file) =>
        file.First("vendor_id") == "IBM/S390" ? CpuFamily.S390
        : file.First("flags") is not null && file.First("model name") is not null ? CpuFamily.X86
        : file.First("CPU implementer") is not null ? CpuFamily.Arm
        : file.First("revision")?.Contains("pvr", StringComparison.Ordinal) == true ? CpuFamily.Power
        // Powered-on but emulated or 32-bit machines leave the register out.
        : file.First("cpu") is not null && file.First("clock") is not null ? CpuFamily.Power
        : file.First("isa")?.StartsWith("rv", StringComparison.Ordinal) == true ? CpuFamily.RiscV
        : file.First("CPU Family")?.StartsWith("Loongson", StringComparison.Ordinal) == true ? CpuFamily.LoongArch
        : file.First("ncpus probed") is not null || file.First("type")?.StartsWith("sun4", StringComparison.Ordinal) == true ? CpuFamily.Sparc
        : CpuFamily.Unknown;
}
