using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>A GPU as the files of its kernel driver describe it.</summary>
internal static class DrmFacts
{
    /// <summary>Whether its driver's files are worth reading, beyond what every PCI device has.</summary>
    public static bool Knows(GpuDevice device) => device.Vendor is GpuVendors.Amd or GpuVendors.Intel && device.Driver is not null;

    public static GpuInfo Describe(HostRoot root, GpuDevice device)
    {
        var gpu = PcieLink.Add(root, device.Directory, new GpuInfo
        {
            Vendor = GpuVendors.NameOf(device.Vendor),
            Model = GpuModels.NameOf(root, device.Vendor, device.Device),
            PciAddress = PciAddress.IsAddress(device.Address) ? device.Address : null,
            PciId = device.PciId,
            Driver = device.Driver,
            NumaNode = Number.Int(SysFile.Line(root, $"{device.Directory}/numa_node")) is >= 0 and var node ? node : null,
        });
        return device.Vendor switch
        {
            GpuVendors.Amd => AmdFiles.Add(root, device, gpu),
            GpuVendors.Intel => IntelFiles.Add(root, device, gpu),
            GpuVendors.Nvidia => NvidiaFiles.Add(root, gpu),
            _ => gpu,
        };
    }
}
