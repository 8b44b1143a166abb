using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>Errors of a GPU's memories.</summary>
internal static class NvmlEcc
{
    public const uint Corrected = 0;
    public const uint Uncorrected = 1;
    public const uint Volatile = 0;
    public const uint Aggregate = 1;

    // In the order of nvmlMemoryLocation_t.
    private static readonly string[] s_locations =
        ["l1Cache", "l2Cache", "dram", "registerFile", "textureMemory", "textureShm", "cbu", "sram"];

    public static ulong? Total(NvmlDevice gpu, uint type, uint counter) => gpu.Count("nvmlDeviceGetTotalEccErrors", type, counter);

    /// <summary>Null where the card has no ECC, or it is off.</summary>
    public static GpuEccInfo? Read(NvmlDevice gpu)
    {
        var locations = s_locations.Select((location, id) => new EccLocationInfo(
                location,
                At(gpu, id, Corrected, Volatile),
                At(gpu, id, Uncorrected, Volatile),
                At(gpu, id, Corrected, Aggregate),
                At(gpu, id, Uncorrected, Aggregate)))
            .Where(IsKnown)
            .ToList();
        var ecc = new GpuEccInfo(
            (long?)Total(gpu, Corrected, Volatile),
            (long?)Total(gpu, Uncorrected, Volatile),
            (long?)Total(gpu, Corrected, Aggregate),
            (long?)Total(gpu, Uncorrected, Aggregate),
            locations);
        return locations.Count == 0 && ecc is { VolatileCorrected: null, VolatileUncorrected: null, AggregateCorrected: null, AggregateUncorrected: null }
            ? null
            : ecc;
    }

    private static long? At(NvmlDevice gpu, int location, uint type, uint counter) =>
        (long?)gpu.Count("nvmlDeviceGetMemoryErrorCounter", type, counter, (uint)location);

    private static bool IsKnown(EccLocationInfo location) =>
        (location.VolatileCorrected ?? location.VolatileUncorrected ?? location.AggregateCorrected ?? location.AggregateUncorrected) is not null;
}
