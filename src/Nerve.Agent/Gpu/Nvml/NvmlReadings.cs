namespace Nerve.Agent.Gpu.Nvml;

/// <summary>Values that drivers of different age give by different functions.</summary>
internal static class NvmlReadings
{
    private const int FirstReason = 1;

    /// <summary>The reasons that say that a card is slower than it could be, in the order of their bits (<c>nvmlClocksEventReasons</c>). Bit 0, being
    /// idle, is none.</summary>
    private static readonly string[] s_reasons =
        ["app_clocks", "sw_power_cap", "hw_slowdown", "sync_boost", "sw_thermal", "hw_thermal", "hw_power_brake", "display_clocks"];

    public static IReadOnlyList<string> Reasons => s_reasons;

    /// <summary>Total and used bytes; the newer function leaves out of the used what the driver keeps for itself, as nvidia-smi does.</summary>
    public static (long Total, long Used)? Memory(NvmlDevice gpu)
    {
        if (gpu.Read("nvmlDeviceGetMemoryInfo_v2", new NvmlMemory2 { Version = NvmlMemory2.CurrentVersion }) is { } memory)
        {
            return ((long)memory.Total, (long)memory.Used);
        }

        return gpu.Read<NvmlMemory>("nvmlDeviceGetMemoryInfo") is { } older ? ((long)older.Total, (long)older.Used) : null;
    }

    /// <summary>To be read by <see cref="Has"/>.</summary>
    public static ulong? ThrottleReasons(NvmlDevice gpu) =>
        gpu.Count("nvmlDeviceGetCurrentClocksEventReasons") ?? gpu.Count("nvmlDeviceGetCurrentClocksThrottleReasons");

    /// <param name="reason">Its place in <see cref="Reasons"/>.</param>
    public static bool Has(ulong mask, int reason) => (mask & (1UL << (FirstReason + reason))) != 0;

    public static IReadOnlyList<string> Name(ulong mask) => [.. s_reasons.Where((_, reason) => Has(mask, reason))];
}
