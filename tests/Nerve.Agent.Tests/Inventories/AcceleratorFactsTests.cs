using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class AcceleratorFactsTests
{
    [Fact]
    public void Infiniband_NodeExporterTree_IsAsNodeExporterShowsIt()
    {
        var ports = Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Infiniband;

        Assert.Equal(
            [("i40iw0", 1, "ACTIVE", "LinkUp", 10.0, "0.2", "I40IW Board ID"),
             ("mlx4_0", 1, "ACTIVE", "LinkUp", 40.0, "2.31.5050", "SM_1141000001000"),
             ("mlx4_0", 2, "ACTIVE", "LinkUp", 40.0, "2.31.5050", "SM_1141000001000")],
            ports.Select(port => (port.Device, port.Port, port.State!, port.PhysicalState!, port.RateGbps!.Value, port.Firmware!, port.Board!)));
    }

    [Fact]
    public void Infiniband_DellServer_HasTheGuidOfHwloc()
    {
        var port = Assert.Single(Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Infiniband);

        Assert.Equal(("mlx4_0", 1, "0002:c903:00f9:bfa0", "ACTIVE"), (port.Device, port.Port, port.Guid, port.State));
    }

    [Theory]
    [InlineData("ghw/amd-ryzen-1600", "0000:0a:00.0", "AMD")]
    [InlineData("ghw/xeon-5218R-accelerator", "0000:00:04.0", null)]
    public void Gpus_CapturedMachine_AreFound(string name, string address, string? vendor)
    {
        var gpu = Assert.Single(Machines.Collect(Fixtures.Tree(name)).Gpus);

        Assert.Equal((address, vendor), (gpu.PciAddress, gpu.Vendor));
    }

    [Theory]
    [InlineData("ghw/intel-xeon-L5640-2s")]
    [InlineData("openshift-nto/xeon-gold-6230-2s")]
    [InlineData("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")]
    public void Gpus_DisplayOfAManagementController_IsNone(string name) => Assert.Empty(Machines.Collect(Fixtures.Tree(name)).Gpus);

    [Fact]
    public void Gpus_NvidiaDriverFiles_NameThem()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/bus/pci/devices/0000:1b:00.0/class", "0x030200\n").Write("/sys/bus/pci/devices/0000:1b:00.0/vendor", "0x10de\n")
            .Write("/sys/bus/pci/devices/0000:1b:00.0/current_link_speed", "32.0 GT/s PCIe\n").Write("/sys/bus/pci/devices/0000:1b:00.0/current_link_width", "16\n")
            .Write("/sys/bus/pci/devices/0000:43:00.0/class", "0x030200\n").Write("/sys/bus/pci/devices/0000:43:00.0/vendor", "0x10de\n")
            .Write("/proc/driver/nvidia/gpus/0000:1b:00.0/information",
                "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 18\nGPU UUID: \t GPU-1d1a3b2c-0000-1111-2222-333344445555\nVideo BIOS: \t 96.00.61.00.01\nBus Type: \t PCIe\n")
            .Write("/proc/driver/nvidia/gpus/0000:43:00.0/information", "Model: \t\t NVIDIA H100 80GB HBM3\nGPU UUID: \t GPU-????????-????-????-????-????????????\nVideo BIOS: \t ??.??.??.??.??\n")
            .Write("/proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build  (dvs-builder@U16)\nGCC version:  gcc version 11.4.0\n");

        Assert.Equivalent(
            new[]
            {
                new GpuInfo
                {
                    Index = 0, Vendor = "NVIDIA", Model = "NVIDIA H100 80GB HBM3", Uuid = "GPU-1d1a3b2c-0000-1111-2222-333344445555", PciAddress = "0000:1b:00.0",
                    Vbios = "96.00.61.00.01", DriverVersion = "550.54.15", PcieGeneration = 5, PcieWidth = 16,
                },
                new GpuInfo { Index = 1, Vendor = "NVIDIA", Model = "NVIDIA H100 80GB HBM3", PciAddress = "0000:43:00.0", DriverVersion = "550.54.15" },
            },
            Machines.Collect(tree.Root).Gpus,
            strict: true);
    }
}
