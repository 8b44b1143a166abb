namespace Nerve.Protocol.Inventories;

public sealed record GpuInfo
{
    public int Index { get; init; }
    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Uuid { get; init; }
    public string? Serial { get; init; }
    public string? PciAddress { get; init; }
    public long? MemoryBytes { get; init; }
    public string? DriverVersion { get; init; }
    public string? Vbios { get; init; }
    public double? PowerLimitWatts { get; init; }
    public int? PcieGeneration { get; init; }
    public int? PcieWidth { get; init; }
    public int? PcieMaxGeneration { get; init; }
    public int? PcieMaxWidth { get; init; }
    public string? EccMode { get; init; }
    public string? MigMode { get; init; }
    public IReadOnlyList<NvlinkInfo> Nvlinks { get; init; } = [];
}

public sealed record NvlinkInfo(int Link, string? State, int? Version);
