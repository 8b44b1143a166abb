using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Gpu;

public class DrmProcessesTests
{
    // As the kernel's Documentation/gpu/drm-usage-stats.rst and its drivers write them.
    private const string Amd =
        "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t655\ndrm-driver:\tamdgpu\ndrm-client-id:\t44\ndrm-pdev:\t0000:03:00.0\npasid:\t32773\n"
        + "drm-memory-vram:\t2048 KiB\ndrm-memory-gtt: \t12 KiB\ndrm-engine-gfx:\t1296473 ns\ndrm-engine-compute:\t0 ns\n";

    private const string Xe =
        "drm-driver:\txe\ndrm-client-id:\t7\ndrm-pdev:\t0000:09:00.0\ndrm-total-system:\t0\ndrm-resident-system:\t0\n"
        + "drm-total-vram0:\t16 MiB\ndrm-resident-vram0:\t8 MiB\ndrm-cycles-ccs:\t28257900\ndrm-total-cycles-ccs:\t7655183225\n";

    private const string Opened = "drm-driver:\ti915\ndrm-client-id:\t3\ndrm-pdev:\t0000:00:02.0\ndrm-engine-render:\t0 ns\n";

    [Fact]
    public void Add_ClientsOfTheDriver_AreProcessesOfTheirCard()
    {
        using var tree = new TemporaryTree()
            .Write("/proc/100/comm", "blender\n").Write("/proc/100/fdinfo/5", Amd).Write("/proc/100/fdinfo/6", Amd)
            .Write("/proc/100/fdinfo/9", Amd.Replace("44", "45", StringComparison.Ordinal))
            .Write("/proc/200/comm", "python3\n").Write("/proc/200/fdinfo/3", Xe).Link("/proc/200/fd/3", "/dev/dri/renderD129")
            .Write("/proc/300/fdinfo/4", Opened).Write("/proc/300/fdinfo/8", "pos:\t0\nflags:\t02\n")
            .Write("/proc/400/fdinfo/3", Amd).Link("/proc/400/fd/3", "socket:[1234]");

        var gpus = DrmProcesses.Add(tree.Root, [new() { PciAddress = "0000:00:02.0" }, new() { PciAddress = "0000:03:00.0" }, new() { PciAddress = "0000:09:00.0" }]);

        Assert.Empty(gpus[0].Processes);
        Assert.Equal([new GpuProcessInfo(100, "blender", 2 * 2048 * 1024, null, null)], gpus[1].Processes);
        Assert.Equal([new GpuProcessInfo(200, "python3", 8 << 20, null, null)], gpus[2].Processes);
    }

    [Fact]
    public void Add_ProcessOfRocm_IsCountedOnceWithWhatKfdSays()
    {
        using var tree = new TemporaryTree()
            .Write("/sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n").Write("/sys/class/kfd/kfd/topology/nodes/0/properties", "cpu_cores_count 64\n")
            .Write("/sys/class/kfd/kfd/topology/nodes/1/gpu_id", "41861\n")
            .Write("/sys/class/kfd/kfd/topology/nodes/1/properties", "simd_count 304\nlocation_id 768\ndomain 0\n")
            .Write("/sys/class/kfd/kfd/proc/100/vram_41861", "191823872\n")
            .Write("/sys/class/kfd/kfd/proc/101/vram_41861", "0\n")
            .Write("/proc/100/comm", "vllm\n").Write("/proc/100/fdinfo/5", Amd);

        var gpu = Assert.Single(DrmProcesses.Add(tree.Root, [new() { PciAddress = "0000:03:00.0" }]));

        Assert.Equal([new GpuProcessInfo(100, "vllm", 191_823_872, null, null)], gpu.Processes);
    }

    [Fact]
    public void Sample_ProcessesOfRocm_AreCounted()
    {
        using var tree = new TemporaryTree().Write("/sys/class/drm/card0/device/uevent", "DRIVER=amdgpu\nPCI_ID=1002:74A1\nPCI_SLOT_NAME=0000:03:00.0\n");
        const string Series = "gpu.processes{gpu=\"0\"}";
        Assert.DoesNotContain(Series, new MetricSampler(tree.Root, new FakeTimeProvider()).Sample().Schema.Series);

        tree.Write("/sys/class/kfd/kfd/topology/nodes/1/gpu_id", "41861\n")
            .Write("/sys/class/kfd/kfd/topology/nodes/1/properties", "location_id 768\ndomain 0\n")
            .Write("/sys/class/kfd/kfd/proc/100/vram_41861", "4096\n").Write("/sys/class/kfd/kfd/proc/101/vram_41861", "8192\n");

        Assert.Equal(2, new MetricSampler(tree.Root, new FakeTimeProvider()).Sample()[Series]);
    }

    [Fact]
    public void AmdSmi_Report_HasNamesButNoPlaceholders()
    {
        var report = """
            {"gpu_data":[{"gpu":0,
              "asic":{"market_name":"AMD Instinct MI300X","vendor_id":"0x1002","device_id":"0x74a1","asic_serial":"0x6F1F0A2B3C4D5E6F"},
              "bus":{"bdf":"0000:83:00.0"},"vbios":{"name":"AMD MI300X_HW_SRIOV_CVS_1VF","part_number":"113-M3000100-102"},
              "board":{"model_number":"102-G30211-0C","product_serial":"N/A","product_name":"AMD Instinct MI300X OAM"},
              "driver":{"name":"amdgpu","version":"6.10.5"}},{"gpu":1,"bus":"N/A"}]}
            """u8.ToArray();

        var card = Assert.Single(AmdSmi.Parse(report));

        Assert.Equal(("0000:83:00.0", "AMD Instinct MI300X", null), (card.PciAddress, card.Model, card.Serial));
        Assert.Equal(("0x6F1F0A2B3C4D5E6F", "113-M3000100-102", "102-G30211-0C", "6.10.5"), (card.Uuid, card.Vbios, card.PartNumber, card.DriverVersion));
        Assert.Single(AmdSmi.Parse("""[{"bus":{"bdf":"0000:0C:00.0"}}]"""u8.ToArray()));
        Assert.Empty(AmdSmi.Parse("WARNING: no driver"u8.ToArray()));
    }
}
