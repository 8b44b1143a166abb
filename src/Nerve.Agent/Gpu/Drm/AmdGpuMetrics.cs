using System.Buffers.Binary;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>The <c>gpu_metrics</c> file of <c>amdgpu</c>: what the card's firmware measures, as one of the structures of the kernel's
/// <c>kgd_pp_interface.h</c>. Of 1.1 to 1.8 (cards) all that other files lack; of 2.2 and later (processors with graphics) what holds the clocks
/// down. Versions that put the same things elsewhere differ in <see cref="Places"/> only.</summary>
internal sealed class AmdGpuMetrics
{
    private const int XgmiLinks = 8;

    private readonly byte[] _table;
    private readonly Places _at;

    private AmdGpuMetrics(byte[] table, Places at) => (_table, _at) = (table, at);

    public double? MemoryBusyPercent => Short(_at.MemoryActivity);

    public double? HotspotCelsius => Short(_at.Hotspot);

    public double? MemoryCelsius => Short(_at.MemoryTemperature);

    public double? PowerWatts => Short(_at.Power);

    public int? PcieWidth => Short(_at.PcieWidth) is > 0 and var lanes ? lanes : null;

    /// <summary>The generation of the link as it runs now.</summary>
    public int? PcieGeneration => Short(_at.PcieWidth + 2) switch { 25 => 1, 50 => 2, 80 => 3, 160 => 4, 320 => 5, 640 => 6, _ => null };

    public ulong? PcieReplays => Long(_at.PcieReplays);

    /// <summary>From and to other cards, over all links; counts kilobytes.</summary>
    public (ulong Read, ulong Write)? XgmiKilobytes => Sum(_at.Xgmi) is { } read && Sum(_at.Xgmi + (XgmiLinks * sizeof(ulong))) is { } write ? (read, write) : null;

    /// <summary>What holds the clocks down, a bit for each of the driver's <c>SMU_THROTTLER_…_BIT</c>.</summary>
    public ulong? Throttlers => Long(_at.Throttlers);

    /// <summary>How many of the firmware's cycles were held down for each of <see cref="AmdThrottling.Residencies"/>, and how many there were.</summary>
    public uint? Residency(int reason) => Int(_at.Residencies + ((1 + reason) * sizeof(uint)));

    public uint? Cycles => Int(_at.Residencies);

    /// <summary>Null when there is no such file, or none of a version that is known.</summary>
    public static AmdGpuMetrics? Read(HostRoot root, GpuDevice device) =>
        root.TryBytes($"{device.Directory}/gpu_metrics") is { Length: >= 4 } table && Places.Of(table[2], table[3]) is { } places
            ? new AmdGpuMetrics(table[..Math.Min(table.Length, BinaryPrimitives.ReadUInt16LittleEndian(table))], places)
            : null;

    // All ones is how the driver says that the card does not measure this.
    private int? Short(int at) => Has(at, sizeof(ushort)) && BinaryPrimitives.ReadUInt16LittleEndian(_table.AsSpan(at)) is < ushort.MaxValue and var value ? value : null;

    private uint? Int(int at) => Has(at, sizeof(uint)) && BinaryPrimitives.ReadUInt32LittleEndian(_table.AsSpan(at)) is < uint.MaxValue and var value ? value : null;

    private ulong? Long(int at) => Has(at, sizeof(ulong)) && BinaryPrimitives.ReadUInt64LittleEndian(_table.AsSpan(at)) is < ulong.MaxValue and var value ? value : null;

    private ulong? Sum(int at)
    {
        ulong? sum = null;
        for (var link = 0; link < XgmiLinks; link++)
        {
            sum = Long(at + (link * sizeof(ulong))) is { } value ? (sum ?? 0) + value : sum;
        }

        return sum;
    }

    private bool Has(int at, int size) => at > 0 && at + size <= _table.Length;

    /// <summary>Where the parts are, in bytes from the beginning. The speed of the link is behind its width, what was written over XGMI behind what
    /// was read, and the residencies behind the number of cycles.</summary>
    private sealed record Places(
        int Hotspot = Places.Nowhere,
        int MemoryTemperature = Places.Nowhere,
        int MemoryActivity = Places.Nowhere,
        int Power = Places.Nowhere,
        int PcieWidth = Places.Nowhere,
        int PcieReplays = Places.Nowhere,
        int Xgmi = Places.Nowhere,
        int Throttlers = Places.Nowhere,
        int Residencies = Places.Nowhere)
    {
        // Far enough before the table for everything behind it to be so, too.
        private const int Nowhere = -1000;

        private static readonly Places s_card = new(Hotspot: 6, MemoryTemperature: 8, MemoryActivity: 18, Power: 22, PcieWidth: 74);
        private static readonly Places s_accelerator = new(Hotspot: 4, MemoryTemperature: 6, MemoryActivity: 14, Power: 10);

        public static Places? Of(int format, int content) => (format, content) switch
        {
            (1, 1 or 2) => s_card,
            (1, 3) => s_card with { Throttlers = 112 },
            (1, 4) => s_accelerator with { PcieWidth = 48, PcieReplays = 88, Xgmi = 104 },
            (1, 5) => s_accelerator with { PcieWidth = 112, PcieReplays = 152, Xgmi = 176 },
            (1, 6) => s_accelerator with { Residencies = 32, PcieWidth = 60, PcieReplays = 104, Xgmi = 128 },
            (1, 7 or 8) => s_accelerator with { Residencies = 40, PcieWidth = 68, PcieReplays = 112, Xgmi = 136 },
            (2, >= 2) => new Places(Throttlers: 120),
            _ => null,
        };
    }
}
