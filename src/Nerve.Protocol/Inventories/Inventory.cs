using System.Text.Json.Serialization;

namespace Nerve.Protocol.Inventories;

/// <summary>Everything an agent knows of its machine, as printed by <c>nerve-agent inventory</c>.</summary>
/// <remarks>Unknown is null, never 0 or an invented value. Sizes are bytes. What could not be read is one entry in
/// <see cref="Problems"/>; a list is empty only when it was read and nothing was there.</remarks>
public sealed record Inventory
{
    public int Schema { get; set; } = 1;

    [JsonConverter(typeof(UtcMillisecondsConverter))]
    public DateTimeOffset CollectedAt { get; init; }

    public string AgentVersion { get; set; } = "";
    public HostInfo Host { get; set; } = new();
    public CpuInfo Cpu { get; set; } = new();
    public MemoryInfo Memory { get; set; } = new();
    public IReadOnlyList<GpuInfo> Gpus { get; set; } = [];
    public IReadOnlyList<DiskInfo> Disks { get; set; } = [];
    public IReadOnlyList<RaidInfo> Raids { get; set; } = [];
    public IReadOnlyList<VolumeInfo> Volumes { get; set; } = [];
    public IReadOnlyList<StorageControllerInfo> StorageControllers { get; set; } = [];
    public IReadOnlyList<FilesystemInfo> Filesystems { get; set; } = [];
    public IReadOnlyList<NetworkInterfaceInfo> Network { get; set; } = [];
    public IReadOnlyList<InfinibandPortInfo> Infiniband { get; set; } = [];
    public IReadOnlyList<CollectionProblem> Problems { get; set; } = [];

    /// <summary>One hash over those of its sections: equal means that the machine did not change (<see cref="InventorySections"/>).</summary>
    public string Hash() => InventorySections.HashOf(InventorySections.HashesOf(this));
}

/// <summary>Something that could not be read.</summary>
/// <param name="Source">The file, device or tool.</param>
/// <param name="Reason">One line for people: what is wrong and, where known, what to do.</param>
public sealed record CollectionProblem(string Source, string Reason);
