using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>What the <c>amdgpu</c> driver shows in the device's directory.</summary>
internal static class AmdFiles
{
    public static GpuInfo Add(HostRoot root, GpuDevice device, GpuInfo gpu)
    {
        var sensors = Hwmon.Of(root, device.Directory);
        return gpu with
        {
            Model = Line("product_name") ?? gpu.Model,
            Serial = Line("serial_number"),
            Uuid = Line("unique_id"),
            PartNumber = Line("product_number"),
            Vbios = Line("vbios_version"),
            MemoryBytes = SysFile.Bytes(root, $"{device.Directory}/mem_info_vram_total"),
            DriverVersion = SysFile.Line(root, "/sys/module/amdgpu/version"),
            PowerLimitWatts = sensors.Watts("power1_cap"),
            PowerDefaultLimitWatts = sensors.Watts("power1_cap_default"),
            PowerMinLimitWatts = sensors.Watts("power1_cap_min"),
            PowerMaxLimitWatts = sensors.Watts("power1_cap_max"),
            EccMode = AmdEcc.IsThere(root, device) ? "enabled" : null,
            Ecc = AmdEcc.Read(root, device),
            ThrottleReasons = [.. AmdThrottling.Of(AmdGpuMetrics.Read(root, device)?.Throttlers).Where(reason => reason.IsActive).Select(reason => reason.Name)],
        };

        string? Line(string file) => SysFile.Line(root, $"{device.Directory}/{file}");
    }
}
