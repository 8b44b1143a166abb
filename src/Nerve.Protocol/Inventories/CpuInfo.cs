namespace Nerve.Protocol.Inventories;

public sealed record CpuInfo
{
    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Family { get; init; }
    public string? ModelNumber { get; init; }
    public string? Stepping { get; init; }
    public string? Microcode { get; init; }
    public int? Sockets { get; init; }
    public int? Cores { get; init; }
    public int? Threads { get; init; }
    public int? ThreadsOnline { get; init; }
    public int? ThreadsPerCore { get; init; }
    public int? NumaNodes { get; init; }
    public double? BaseMhz { get; init; }
    public double? MinMhz { get; init; }
    public double? MaxMhz { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary><c>vmx</c>, <c>svm</c>, or null.</summary>
    public string? VirtualizationFeature { get; init; }

    public IReadOnlyList<CacheInfo> Caches { get; init; } = [];

    /// <summary>As in <c>/sys/devices/system/cpu/vulnerabilities</c>.</summary>
    public IReadOnlyDictionary<string, string> Vulnerabilities { get; init; } = new SortedDictionary<string, string>();
}

/// <param name="Level">1, 2, 3, …</param>
/// <param name="Type"><c>Data</c>, <c>Instruction</c> or <c>Unified</c>.</param>
/// <param name="SizeBytes">Of one instance.</param>
/// <param name="Instances">How many of them the machine has.</param>
/// <param name="TotalBytes">All instances together.</param>
public sealed record CacheInfo(int Level, string Type, long SizeBytes, int Instances, long TotalBytes);
