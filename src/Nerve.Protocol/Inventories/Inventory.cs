using System.Security.Cryptography;
using System.Text.Json;

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

    /// <summary>SHA-256 over the JSON, in hexadecimal: equal means that nothing changed. Without <see cref="CollectedAt"/> and without
    /// readings that change all the time on a machine that stays as it is: those are what metrics are for.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        WithoutReadings() with { CollectedAt = default }, NerveJsonContext.Default.Inventory)));

    private Inventory WithoutReadings() => this with
    {
        Memory = Memory with { Hugepages = [.. Memory.Hugepages.Select(pool => pool with { Free = 0 })] },
        Gpus = [.. Gpus.Select(gpu => gpu.WithoutReadings())],
        Disks = [.. Disks.Select(disk => disk with { Smart = disk.Smart?.WithoutReadings() })],
        Infiniband = [.. Infiniband.Select(port => port with { Errors = new SortedDictionary<string, long>() })],
        Network = [.. Network.Select(card => card.Bond is null ? card : card with { Bond = card.Bond.WithoutCounters() })],
    };
}

/// <summary>Something that could not be read.</summary>
/// <param name="Source">The file, device or tool.</param>
/// <param name="Reason">One line for people: what is wrong and, where known, what to do.</param>
public sealed record CollectionProblem(string Source, string Reason);
