namespace Nerve.Protocol.Inventories;

/// <summary>A GPU or another accelerator, whoever made it. What its driver does not say is null.</summary>
public sealed record GpuInfo
{
    /// <summary>Its place among all of this machine by PCI address; the <c>gpu</c> label of its metrics.</summary>
    public int Index { get; init; }

    public string? Vendor { get; init; }
    public string? Model { get; init; }
    public string? Uuid { get; init; }
    public string? Serial { get; init; }

    /// <summary>As sysfs writes it: <c>0000:3b:00.0</c>.</summary>
    public string? PciAddress { get; init; }

    /// <summary>Vendor and device number: <c>10de:2330</c>.</summary>
    public string? PciId { get; init; }

    /// <summary>The kernel driver that holds it: <c>nvidia</c>, <c>amdgpu</c>, <c>xe</c>, …; null when none does.</summary>
    public string? Driver { get; init; }

    /// <summary>It does not answer any more: it has fallen off the bus, or waits for a reset.</summary>
    public bool Lost { get; init; }

    /// <summary>Of the card: HBM or GDDR. As the driver counts it, before what it keeps for itself.</summary>
    public long? MemoryBytes { get; init; }

    public string? DriverVersion { get; init; }

    /// <summary>The newest CUDA that the driver runs: <c>12.7</c>.</summary>
    public string? CudaVersion { get; init; }

    public string? Vbios { get; init; }

    /// <summary>Of the GPU System Processor, where the driver runs on it.</summary>
    public string? GspFirmware { get; init; }

    /// <summary>The maker's number for spare parts.</summary>
    public string? PartNumber { get; init; }

    /// <summary>CUDA compute capability: <c>9.0</c>.</summary>
    public string? ComputeCapability { get; init; }

    /// <summary><c>default</c>, <c>exclusiveProcess</c>, <c>prohibited</c>.</summary>
    public string? ComputeMode { get; init; }

    public bool? PersistenceMode { get; init; }

    /// <summary>What holds now.</summary>
    public double? PowerLimitWatts { get; init; }

    public double? PowerDefaultLimitWatts { get; init; }
    public double? PowerMinLimitWatts { get; init; }
    public double? PowerMaxLimitWatts { get; init; }
    public int? GraphicsMaxMhz { get; init; }
    public int? SmMaxMhz { get; init; }
    public int? MemoryMaxMhz { get; init; }
    public int? PcieGeneration { get; init; }
    public int? PcieWidth { get; init; }
    public int? PcieMaxGeneration { get; init; }
    public int? PcieMaxWidth { get; init; }
    public int? NumaNode { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>; null where the card has none.</summary>
    public string? EccMode { get; init; }

    public GpuEccInfo? Ecc { get; init; }
    public RemappedRowsInfo? RemappedRows { get; init; }
    public RetiredPagesInfo? RetiredPages { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>; null where the card has none.</summary>
    public string? MigMode { get; init; }

    public IReadOnlyList<MigDeviceInfo> MigDevices { get; set; } = [];
    public IReadOnlyList<NvlinkInfo> Nvlinks { get; set; } = [];
    public FabricInfo? Fabric { get; init; }

    /// <summary>What holds the clocks down now: <c>sw_power_cap</c>, <c>hw_slowdown</c>, <c>sw_thermal</c>, <c>hw_thermal</c>,
    /// <c>hw_power_brake</c>, <c>sync_boost</c>, …; of AMD's and Intel's cards in the words of their drivers.</summary>
    public IReadOnlyList<string> ThrottleReasons { get; set; } = [];

    /// <summary>Those that compute on it at this moment.</summary>
    public IReadOnlyList<GpuProcessInfo> Processes { get; set; } = [];

    /// <summary>Without what comes and goes while it works. The link's generation is such, for it drops while the card rests; its width is not.</summary>
    internal GpuInfo WithoutReadings() => this with
    {
        PcieGeneration = null,
        Ecc = null,
        ThrottleReasons = [],
        Processes = [],
        Nvlinks = [.. Nvlinks.Select(link => link with { ReplayErrors = null, RecoveryErrors = null, CrcErrors = null })],
    };
}

/// <summary>Memory errors since the driver was loaded (volatile) and since the card was made (aggregate).</summary>
/// <param name="Locations">Where the card can tell: <c>dram</c>, <c>sram</c>, <c>l1Cache</c>, <c>l2Cache</c>, <c>registerFile</c>, <c>textureMemory</c>, …;
/// those of an AMD card are its blocks, such as <c>umc</c>.</param>
public sealed record GpuEccInfo(
    long? VolatileCorrected,
    long? VolatileUncorrected,
    long? AggregateCorrected,
    long? AggregateUncorrected,
    IReadOnlyList<EccLocationInfo> Locations);

/// <param name="Location">A part of the card.</param>
public sealed record EccLocationInfo(
    string Location, long? VolatileCorrected, long? VolatileUncorrected, long? AggregateCorrected, long? AggregateUncorrected);

/// <summary>Rows of memory replaced by spare ones (Ampere and later).</summary>
/// <param name="Pending">Some are replaced with the next reset.</param>
/// <param name="Failed">There was no spare row left: the card must go back to its maker.</param>
public sealed record RemappedRowsInfo(int Corrected, int Uncorrected, bool Pending, bool Failed);

/// <summary>Pages of memory taken out of use (before Ampere).</summary>
/// <param name="Pending">Some are taken out with the next reset.</param>
public sealed record RetiredPagesInfo(int? SingleBit, int? DoubleBit, bool? Pending);

/// <summary>A part of a GPU that is used as one.</summary>
/// <param name="Profile">As NVIDIA names it: <c>3g.40gb</c>.</param>
public sealed record MigDeviceInfo(
    int Index, string? Uuid, string? Profile, int? GpuInstance, int? ComputeInstance, long? MemoryBytes, int? Multiprocessors);

/// <summary>A link to another GPU or to a switch.</summary>
/// <param name="Link">Its number on the card.</param>
/// <param name="State"><c>active</c> or <c>inactive</c>.</param>
/// <param name="Version">NVLink generation as the driver counts it.</param>
public sealed record NvlinkInfo(int Link, string? State, int? Version)
{
    public long? SpeedMbps { get; init; }

    /// <summary><c>gpu</c>, <c>switch</c>, <c>npu</c>.</summary>
    public string? RemoteType { get; init; }

    public string? RemotePciAddress { get; init; }
    public long? ReplayErrors { get; init; }
    public long? RecoveryErrors { get; init; }
    public long? CrcErrors { get; init; }
}

/// <summary>How the card stands in its NVLink fabric, as the fabric manager set it up.</summary>
/// <param name="State"><c>notStarted</c>, <c>inProgress</c>, <c>completed</c>.</param>
/// <param name="Status">How it ended: <c>success</c>, or what went wrong.</param>
/// <param name="Health">Null when it is well or does not say; else what is wrong, such as <c>degradedBandwidth</c>.</param>
public sealed record FabricInfo(string State, string? Status, string? ClusterUuid, int? CliqueId, string? Health);

/// <param name="Name">The program's file name; null when it is gone or belongs to another user.</param>
public sealed record GpuProcessInfo(int Pid, string? Name, long? MemoryBytes, int? GpuInstance, int? ComputeInstance);
