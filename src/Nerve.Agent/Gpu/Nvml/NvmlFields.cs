namespace Nerve.Agent.Gpu.Nvml;

/// <summary>Field identifiers of <c>nvmlDeviceGetFieldValues</c> (<c>NVML_FI_DEV_…</c>).</summary>
internal static class NvmlFields
{
    public const uint NvlinkCrcFlitErrors = 38;
    public const uint NvlinkCrcDataErrors = 45;
    public const uint NvlinkReplayErrors = 52;
    public const uint NvlinkRecoveryErrors = 59;

    // Time for which clocks were held down, in nanoseconds. Newer drivers have finer ones, whose numbers changed between releases.
    public const uint ThrottledByPower = 74;
    public const uint ThrottledByTemperature = 75;
    public const uint ThrottledBySyncBoost = 76;
    public const uint ThrottledByBoardLimit = 77;
    public const uint ThrottledByReliability = 79;

    public const uint MemoryTemperature = 82;

    /// <summary>In milliwatts; of cards that have no average.</summary>
    public const uint PowerNow = 186;

    // KiB; the scope is the link, or all of them.
    public const uint NvlinkSent = 138;
    public const uint NvlinkReceived = 139;
    public const uint AllLinks = uint.MaxValue;

    // Of one link, which is the scope.
    public const uint LinkReplayErrors = 161;
    public const uint LinkRecoveryErrors = 162;
    public const uint LinkCrcErrors = 163;
    public const uint LinkSpeedMbps = 164;
}
