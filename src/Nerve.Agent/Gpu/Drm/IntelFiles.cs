using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>What Intel's <c>i915</c> and <c>xe</c> drivers show. Where they put the same thing differs: i915 beside the graphics device, xe below the
/// PCI device, one directory for each tile and each of its engines' groups (<c>gt</c>).</summary>
internal static class IntelFiles
{
    public static GpuInfo Add(HostRoot root, GpuDevice device, GpuInfo gpu)
    {
        var sensors = Hwmon.Of(root, device.Directory);
        return WithoutInnerLink(gpu) with
        {
            DriverVersion = device.Driver is null ? null : SysFile.Line(root, $"/sys/module/{device.Driver}/version"),
            // i915: power1_max is the limit; xe: power1_max or power1_cap, and power1_crit the highest that holds.
            PowerLimitWatts = sensors.Watts("power1_max") ?? sensors.Watts("power1_cap"),
            PowerDefaultLimitWatts = sensors.Watts("power1_rated_max"),
            GraphicsMaxMhz = (int?)(SysFile.Value(root, $"{Frequencies(device)}/rp0_freq") ?? SysFile.Value(root, $"{device.Card}/gt_RP0_freq_mhz")),
            ThrottleReasons = [.. ThrottleReasons(root, device).Where(reason => reason.IsActive).Select(reason => reason.Name)],
        };
    }

    /// <summary>xe says 0 while the card sleeps; then it is what it would run at.</summary>
    public static double? ClockMhz(HostRoot root, GpuDevice device) =>
        (SysFile.Value(root, $"{Frequencies(device)}/act_freq") is > 0 and var actual ? actual : default(double?))
        ?? SysFile.Value(root, $"{Frequencies(device)}/cur_freq")
        ?? SysFile.Value(root, $"{device.Card}/gt/gt0/rps_act_freq_mhz")
        ?? SysFile.Value(root, $"{device.Card}/gt_act_freq_mhz");

    /// <summary>i915 writes <c>throttle_reason_pl1</c>, xe <c>reason_pl1</c>.</summary>
    public static IEnumerable<ThrottleReason> ThrottleReasons(HostRoot root, GpuDevice device)
    {
        string[] directories = device.Driver == "xe" ? [$"{Frequencies(device)}/throttle"] : device.Card is null ? [] : [$"{device.Card}/gt/gt0"];
        foreach (var directory in directories)
        {
            foreach (var file in root.List(directory))
            {
                var name = file.StartsWith("throttle_reason_", StringComparison.Ordinal) ? file["throttle_reason_".Length..]
                    : file.StartsWith("reason_", StringComparison.Ordinal) ? file["reason_".Length..]
                    : null;
                if (name is not (null or "status") && SysFile.Line(root, $"{directory}/{file}") is { } active)
                {
                    yield return new ThrottleReason(name, active == "1");
                }
            }
        }
    }

    // Intel's cards have a switch of their own, and the GPU behind it shows the link inside the card, always 2.5 GT/s and one lane.
    private static GpuInfo WithoutInnerLink(GpuInfo gpu) => gpu is { PcieMaxGeneration: 1 or null, PcieGeneration: 1, PcieWidth: 1 }
        ? gpu with { PcieGeneration = null, PcieWidth = null, PcieMaxGeneration = null, PcieMaxWidth = null }
        : gpu;

    private static string Frequencies(GpuDevice device) => $"{device.Directory}/tile0/gt0/freq0";
}

internal sealed record ThrottleReason(string Name, bool IsActive);
