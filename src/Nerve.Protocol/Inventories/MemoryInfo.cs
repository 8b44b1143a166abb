namespace Nerve.Protocol.Inventories;

public sealed record MemoryInfo
{
    /// <summary>What the kernel has, which is a little less than is installed.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>The sizes of all modules together; null when the modules are not known.</summary>
    public long? InstalledBytes { get; init; }

    /// <summary>How much the board takes at most (SMBIOS type 16).</summary>
    public long? MaximumBytes { get; init; }

    public long? SwapBytes { get; init; }

    /// <summary>The pools, one for each page size.</summary>
    public IReadOnlyList<HugepagesInfo> Hugepages { get; set; } = [];

    /// <summary><c>always</c>, <c>madvise</c> or <c>never</c>.</summary>
    public string? TransparentHugepages { get; init; }

    public EccInfo? Ecc { get; init; }
    public IReadOnlyList<MemoryModuleInfo> Modules { get; set; } = [];
}

/// <summary>Pages set aside for programs that ask for large ones.</summary>
/// <param name="SizeBytes">Of one page.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Free">Not in use now. Part of every inventory, but no reason to send a new one.</param>
public sealed record HugepagesInfo(long SizeBytes, long Total, long Free);

/// <summary>Error correction of the main memory.</summary>
/// <param name="Mode">In effect: <c>None</c>, <c>Single-bit ECC</c>, <c>Multi-bit ECC</c>, <c>Parity</c>, <c>CRC</c> as SMBIOS type 16 says of the
/// board, and <c>None</c> when the widths of its modules say that none has bits for it.</param>
/// <param name="CorrectedErrors">Since the controllers' driver was loaded (EDAC); null when there is none.</param>
/// <param name="UncorrectedErrors">As <paramref name="CorrectedErrors"/>.</param>
/// <param name="Controllers">As the kernel's EDAC drivers know them.</param>
public sealed record EccInfo(string? Mode, long? CorrectedErrors, long? UncorrectedErrors, IReadOnlyList<EccControllerInfo> Controllers);

/// <param name="Name"><c>mc0</c>, <c>mc1</c>, …</param>
/// <param name="Type">The driver's name for it, such as <c>Skylake Socket#0 IMC#0</c>.</param>
/// <param name="Dimms">Empty where the driver only counts for the whole controller.</param>
public sealed record EccControllerInfo(
    string Name, string? Type, long? CorrectedErrors, long? UncorrectedErrors, long? SizeBytes = null, IReadOnlyList<EccDimmInfo>? Dimms = null);

/// <param name="Name"><c>dimm3</c>, <c>rank0</c>, or on older kernels <c>csrow0</c> and its channel: <c>csrow0/ch1</c>.</param>
/// <param name="Label">What the board prints beside the slot, where the driver or an administrator has said.</param>
/// <param name="Location">Where the controller has it: <c>channel 1 slot 0</c>.</param>
/// <param name="Type">Such as <c>Registered-DDR4</c>.</param>
/// <param name="EccMode">Such as <c>SECDED</c> or <c>S4ECD4ED</c>.</param>
public sealed record EccDimmInfo(
    string Name, string? Label, string? Location, string? Type, string? EccMode, long? SizeBytes, long? CorrectedErrors, long? UncorrectedErrors);

/// <summary>SMBIOS type 17; a slot without a module has a null <c>sizeBytes</c>.</summary>
public sealed record MemoryModuleInfo
{
    public string? Locator { get; init; }
    public string? Bank { get; init; }
    public long? SizeBytes { get; init; }

    /// <summary><c>DDR4</c>, <c>DDR5</c>, <c>HBM3</c>, …</summary>
    public string? Type { get; init; }

    /// <summary>Such as <c>Synchronous Registered (Buffered)</c>.</summary>
    public string? TypeDetail { get; init; }

    /// <summary><c>DRAM</c>, <c>Intel Optane persistent memory</c>, <c>NVDIMM-N</c>, …</summary>
    public string? Technology { get; init; }

    public string? FormFactor { get; init; }

    /// <summary>What it is made for, in megatransfers a second.</summary>
    public int? SpeedMts { get; init; }

    /// <summary>What it runs at.</summary>
    public int? ConfiguredMts { get; init; }

    public double? ConfiguredVolts { get; init; }
    public string? Manufacturer { get; init; }
    public string? PartNumber { get; init; }
    public string? Serial { get; init; }
    public string? AssetTag { get; init; }
    public string? Firmware { get; init; }
    public int? Rank { get; init; }

    /// <summary>In bits.</summary>
    public int? DataWidth { get; init; }

    /// <summary>In bits, with those for error correction.</summary>
    public int? TotalWidth { get; init; }

    /// <summary>Of a persistent module: the part used as memory.</summary>
    public long? VolatileBytes { get; init; }

    /// <summary>Of a persistent module: the part that keeps its contents.</summary>
    public long? NonVolatileBytes { get; init; }
}
