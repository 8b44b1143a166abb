namespace Nerve.Agent.Gpu.Drm;

/// <summary>What holds the clocks of an AMD card down.</summary>
internal static class AmdThrottling
{
    /// <summary>Those of which the firmware counts the cycles, in its order.</summary>
    public static readonly string[] Residencies = ["prochot", "sw_power_cap", "thermal", "vr_thermal", "memory_thermal"];

    // The driver's numbers of throttlers (amdgpu_smu.h): power limits, currents, temperatures, and what the maker wants to last.
    private static readonly (string Name, ulong Bits)[] s_reasons =
    [
        ("sw_power_cap", 0x00FF),
        ("current", 0x00FF_0000),
        ("thermal", Bit(32) | Bit(33) | Bit(35) | Bit(36) | Bit(37) | Bit(42) | Bit(43)),
        ("memory_thermal", Bit(34)),
        ("vr_thermal", Bit(38) | Bit(39) | Bit(40) | Bit(41) | Bit(44) | Bit(45)),
        ("prochot", Bit(46) | Bit(47)),
        ("reliability", Bit(56) | Bit(57)),
    ];

    public static IEnumerable<ThrottleReason> Of(ulong? throttlers)
    {
        foreach (var (name, bits) in throttlers is null ? [] : s_reasons)
        {
            yield return new ThrottleReason(name, (throttlers & bits) != 0);
        }
    }

    private static ulong Bit(int number) => 1UL << number;
}
