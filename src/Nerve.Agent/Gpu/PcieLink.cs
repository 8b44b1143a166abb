using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu;

/// <summary>The PCI Express link of a device: what it runs at, and what it could.</summary>
internal static class PcieLink
{
    public static GpuInfo Add(HostRoot root, string directory, GpuInfo gpu) => gpu with
    {
        PcieGeneration = Generation(SysFile.Line(root, $"{directory}/current_link_speed")),
        PcieWidth = Width(SysFile.Line(root, $"{directory}/current_link_width")),
        PcieMaxGeneration = Generation(SysFile.Line(root, $"{directory}/max_link_speed")),
        PcieMaxWidth = Width(SysFile.Line(root, $"{directory}/max_link_width")),
    };

    // "16.0 GT/s PCIe", on older kernels "8 GT/s".
    private static int? Generation(string? speed) => Number.Double(speed?.Split(' ')[0]) switch
    {
        2.5 => 1,
        5 => 2,
        8 => 3,
        16 => 4,
        32 => 5,
        64 => 6,
        _ => null,
    };

    // Devices inside the processor answer 0 or 255.
    private static int? Width(string? width) => Number.Int(width) is > 0 and < 255 and var lanes ? lanes : null;
}
