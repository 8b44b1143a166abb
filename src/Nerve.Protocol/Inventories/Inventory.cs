namespace Nerve.Protocol.Inventories;

/// <summary>Everything an agent knows of its machine, as printed by <c>nerve-agent inventory</c>.</summary>
/// <remarks>Unknown is null, never 0 or an invented value. Sizes are bytes. What could not be read is one entry in
/// <see cref="Problems"/>; a list is empty only when it was read and nothing was there.</remarks>
public sealed record Inventory
{
    public int Schema { get; init; } = 1;
    public DateTimeOffset CollectedAt { get; init; }
    public string AgentVersion { get; init; } = "";
    public HostInfo Host { get; init; } = new();
    public CpuInfo Cpu { get; init; } = new();
    public MemoryInfo Memory { get; init; } = new();
    public IReadOnlyList<GpuInfo> Gpus { get; init; } = [];
    public IReadOnlyList<DiskInfo> Disks { get; init; } = [];
    public IReadOnlyList<RaidInfo> Raids { get; init; } = [];
    public IReadOnlyList<VolumeInfo> Volumes { get; init; } = [];
    public IReadOnlyList<StorageControllerInfo> StorageControllers { get; init; } = [];
    public IReadOnlyList<FilesystemInfo> Filesystems { get; init; } = [];
    public IReadOnlyList<NetworkInterfaceInfo> Network { get; init; } = [];
    public IReadOnlyList<InfinibandPortInfo> Infiniband { get; init; } = [];
    public IReadOnlyList<CollectionProblem> Problems { get; init; } = [];

    /// <summary>One hash over those of its sections: equal means that the machine did not change (<see cref="InventorySections"/>).</summary>
    public string Hash() => InventorySections.HashOf(InventorySections.HashesOf(this));
}

/// <summary>Something that could not be read.</summary>
/// <param name="Source">The file, device or tool.</param>
/// <param name="Reason">One line for people: what is wrong and, where known, what to do.</param>
public sealed record CollectionProblem(string Source, string Reason);
