namespace Nerve.Protocol.Inventories;

public sealed record MemoryInfo
{
    public long? TotalBytes { get; init; }
    public long? SwapBytes { get; init; }
    public IReadOnlyList<HugepagesInfo> Hugepages { get; init; } = [];
    public EccInfo? Ecc { get; init; }
    public IReadOnlyList<MemoryModuleInfo> Modules { get; init; } = [];
}

public sealed record HugepagesInfo(long SizeBytes, long Total, long Free);

public sealed record EccInfo(string? Mode, long? CorrectedErrors, long? UncorrectedErrors, IReadOnlyList<EccControllerInfo> Controllers);

public sealed record EccControllerInfo(string Name, string? Type, long? CorrectedErrors, long? UncorrectedErrors);

/// <summary>SMBIOS type 17; a slot without a module has a null <see cref="SizeBytes"/>.</summary>
public sealed record MemoryModuleInfo
{
    public string? Locator { get; init; }
    public string? Bank { get; init; }
    public long? SizeBytes { get; init; }
    public string? Type { get; init; }
    public string? FormFactor { get; init; }
    public int? SpeedMts { get; init; }
    public int? ConfiguredMts { get; init; }
    public string? Manufacturer { get; init; }
    public string? PartNumber { get; init; }
    public string? Serial { get; init; }
    public int? Rank { get; init; }
    public int? DataWidth { get; init; }
    public int? TotalWidth { get; init; }
}
