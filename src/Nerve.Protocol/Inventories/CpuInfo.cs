namespace Nerve.Protocol.Inventories;

/// <summary>The processors, counted and named as <c>lscpu(1)</c> does.</summary>
public sealed record CpuInfo
{
    public string? Vendor { get; init; }
    public string? Model { get; init; }

    /// <summary>What the firmware calls it (SMBIOS type 4), which on Arm servers says more than the core's name.</summary>
    public string? FirmwareModel { get; init; }

    public string? Family { get; init; }
    public string? ModelNumber { get; init; }
    public string? Stepping { get; init; }
    public string? Microcode { get; init; }

    /// <summary>s390: the machine type, such as <c>2964</c>.</summary>
    public string? MachineType { get; init; }

    /// <summary>RISC-V: the instruction set and its extensions, such as <c>rv64imafdcv</c>.</summary>
    public string? Isa { get; init; }

    /// <summary><c>little</c> or <c>big</c>.</summary>
    public string? ByteOrder { get; init; }

    public int? PhysicalAddressBits { get; init; }
    public int? VirtualAddressBits { get; init; }
    public int? Sockets { get; init; }
    public int? Cores { get; init; }
    public int? Threads { get; init; }
    public int? ThreadsOnline { get; init; }

    /// <summary>CPUs that are present and off-line, as the kernel lists them: <c>0,6-7</c>. Null when there are none.</summary>
    public string? OfflineCpus { get; init; }

    public int? ThreadsPerCore { get; init; }
    public int? NumaNodes { get; init; }

    /// <summary>The nodes with their CPUs and memory.</summary>
    public IReadOnlyList<NumaNodeInfo> Numa { get; set; } = [];

    /// <summary>The kinds of cores of a hybrid machine; empty when all are alike.</summary>
    public IReadOnlyList<CoreTypeInfo> CoreTypes { get; set; } = [];

    public double? BaseMhz { get; init; }
    public double? MinMhz { get; init; }
    public double? MaxMhz { get; init; }
    public IReadOnlyList<string> Flags { get; set; } = [];

    /// <summary><c>vmx</c>, <c>svm</c>, or null.</summary>
    public string? VirtualizationFeature { get; init; }

    public IReadOnlyList<CacheInfo> Caches { get; set; } = [];

    /// <summary>As in <c>/sys/devices/system/cpu/vulnerabilities</c>.</summary>
    public IReadOnlyDictionary<string, string> Vulnerabilities { get; set; } = new SortedDictionary<string, string>();
}

/// <param name="Level">1, 2, 3, …</param>
/// <param name="Type"><c>Data</c>, <c>Instruction</c> or <c>Unified</c>.</param>
/// <param name="SizeBytes">Of one instance.</param>
/// <param name="Instances">How many of them the machine has.</param>
/// <param name="TotalBytes">All instances together.</param>
public sealed record CacheInfo(int Level, string Type, long SizeBytes, int Instances, long TotalBytes);

/// <param name="Id">The kernel's number of the node; numbers may have gaps.</param>
/// <param name="Cpus">On-line CPUs as the kernel lists them, such as <c>0-7,16-23</c>; null for a node of memory only.</param>
/// <param name="MemoryBytes">Null when it is not known, 0 for a node of processors only.</param>
/// <param name="Distances">To every node in their order, in units where 10 is local memory (ACPI SLIT).</param>
public sealed record NumaNodeInfo(int Id, string? Cpus, long? MemoryBytes, IReadOnlyList<int> Distances);

/// <param name="Name"><c>performance</c>, <c>efficiency</c> or <c>lowPower</c> on x86, the core's model on Arm.</param>
/// <param name="Cores">With a thread on-line.</param>
/// <param name="Threads">On-line.</param>
/// <param name="Cpus">As the kernel lists them.</param>
/// <param name="MaxMhz">The fastest that any of them may run.</param>
public sealed record CoreTypeInfo(string Name, int? Cores, int Threads, string Cpus, double? MaxMhz);
