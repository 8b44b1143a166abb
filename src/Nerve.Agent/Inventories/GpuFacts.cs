using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Inventories;

/// <summary>GPUs and accelerators as the PCI bus and their drivers' files show them, in the order of their addresses.</summary>
internal static class GpuFacts
{
    private const string Devices = "/sys/bus/pci/devices";

    // PCI class codes: display controllers and processing accelerators.
    private const int Display = 0x03;
    private const int Accelerator = 0x12;

    public static IReadOnlyList<GpuInfo> Collect(Machine machine) =>
    [
        .. machine.List(Devices)
            .Where(address => IsGpu(machine, address))
            .Select((address, index) => Describe(machine, address, index)),
    ];

    // Display adapters of management controllers (ASPEED, Matrox) and of virtual machines are not what anyone computes on.
    private static bool IsGpu(Machine machine, string address) =>
        (Number.Hex(machine.Line($"{Devices}/{address}/class")) >> 16) switch
        {
            Display => GpuVendors.NameOf(Vendor(machine, address)) is not null,
            Accelerator => true,
            _ => false,
        };

    private static GpuInfo Describe(Machine machine, string address, int index)
    {
        var vendor = Vendor(machine, address);
        var gpu = PcieLink.Add(machine, $"{Devices}/{address}", new GpuInfo
        {
            Index = index,
            Vendor = GpuVendors.NameOf(vendor),
            PciAddress = address,
        });
        return vendor switch
        {
            GpuVendors.Nvidia => NvidiaFacts.Add(machine, gpu),
            GpuVendors.Amd => AmdGpuFacts.Add(machine, $"{Devices}/{address}", gpu),
            _ => gpu,
        };
    }

    private static int? Vendor(Machine machine, string address) => Number.Hex(machine.Line($"{Devices}/{address}/vendor"));
}
