using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Inventories;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Gpu;

/// <summary>Cards of AMD, Intel and NVIDIA as their drivers' files show them, against what LACT read out of the same files.</summary>
public class DrmTests
{
    public static TheoryData<string?> Cards => Fixtures.CasesWith("root.tar.gz", ["lact"]);

    [Theory]
    [MemberData(nameof(Cards))]
    public void Facts_CapturedCard_AreThoseOfLact(string? name)
    {
        var gpu = Assert.Single(Machines.Collect(Fixtures.Tree(name)).Gpus);
        var facts = Fixtures.Facts(name);
        var pci = facts.GetProperty("pci").GetProperty("device_pci_info");

        Assert.Equal(Text(facts, "driver"), gpu.Driver);
        Assert.Equal($"{Text(pci, "vendor_id")}:{Text(pci, "model_id")}".ToLowerInvariant(), gpu.PciId);
        Assert.Equal(Text(facts, "vbios"), gpu.Vbios);
        Assert.Equal(Number(facts, "vram", "total"), gpu.MemoryBytes);
        AssertLink(facts.GetProperty("link"), gpu);
        if (gpu.Driver is "amdgpu")
        {
            Assert.Equal(Number(facts, "power", "cap_current"), gpu.PowerLimitWatts);
            Assert.Equal(Number(facts, "power", "cap_default"), gpu.PowerDefaultLimitWatts);
            Assert.Equal(Number(facts, "power", "cap_max"), gpu.PowerMaxLimitWatts);
        }
        else
        {
            Assert.Equal(Number(facts, "power", "cap_current"), gpu.PowerLimitWatts);
        }
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void Sample_CapturedCard_IsAsLactReadsIt(string? name)
    {
        var facts = Fixtures.Facts(name);
        var sample = new MetricSampler(Fixtures.Tree(name), new FakeTimeProvider()).Sample();

        Assert.Equal(Number(facts, "busy_percent"), sample["gpu.used_percent{gpu=\"0\"}"]);
        Assert.Equal(Number(facts, "vram", "used"), sample["gpu.memory_used_bytes{gpu=\"0\"}"]);
        Assert.Equal(First(facts, "temps", "edge", "pkg", "gpu", "1"), sample["gpu.temperature_celsius{gpu=\"0\"}"]);
        Assert.Equal(Number(facts, "temps", "junction"), sample["gpu.hotspot_temperature_celsius{gpu=\"0\"}"]);
        Assert.Equal(First(facts, "temps", "mem", "vram"), sample["gpu.memory_temperature_celsius{gpu=\"0\"}"]);
        Assert.Equal(Number(facts, "power", "average"), sample["gpu.power_watts{gpu=\"0\"}"]);
        // Samples keep three decimals.
        Assert.Equal(OneDecimal(Number(facts, "fan", "pwm_current") / Number(facts, "fan", "pwm_max") * 100), OneDecimal(sample["gpu.fan_percent{gpu=\"0\"}"]));
        Assert.Equal(Number(facts, "fan", "speed_current"), sample["gpu.fan_rpm{gpu=\"0\",fan=\"1\"}"]);
        // LACT cuts off what is less than a megahertz.
        Assert.Equal(Number(facts, "clockspeed", "gpu_clockspeed"), sample["gpu.clock_mhz{gpu=\"0\",clock=\"graphics\"}"] is { } clock ? Math.Floor(clock) : null);
    }

    [Fact]
    public void Facts_ErrorsOfAnAccelerator_AreByBlock()
    {
        using var tree = Accelerator();
        var gpu = Assert.Single(Machines.Collect(tree.Root).Gpus);

        Assert.Equal(("AMD Instinct MI300X", "enabled"), (gpu.Model, gpu.EccMode));
        Assert.Equal((7L, 1L), (gpu.Ecc!.VolatileCorrected!.Value, gpu.Ecc.VolatileUncorrected!.Value));
        Assert.Equal([new EccLocationInfo("sdma", 0, 0, null, null), new EccLocationInfo("umc", 7, 1, null, null)], gpu.Ecc.Locations.OrderBy(block => block.Location));
    }

    [Fact]
    public void Sample_AcceleratorWithAJunctionOnly_HasItAsItsTemperature()
    {
        using var tree = Accelerator();
        var sample = new MetricSampler(tree.Root, new FakeTimeProvider()).Sample();

        Assert.Equal(41, sample["gpu.temperature_celsius{gpu=\"0\"}"]);
        Assert.Equal(1, sample["gpu.ecc_uncorrected_total{gpu=\"0\"}"]);
    }

    /// <summary>Nouveau's cards have no other source.</summary>
    [Fact]
    public void Sample_NouveauCard_HasItsSensors()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/class/hwmon/hwmon3/name", "nouveau\n").Write("/sys/class/hwmon/hwmon3/temp1_input", "48000\n").Write("/sys/class/hwmon/hwmon3/power1_input", "21500000\n");
        var sample = new MetricSampler(tree.Root, new FakeTimeProvider()).Sample();

        Assert.Equal(48, sample["sensor.temperature_celsius{chip=\"nouveau\",device=\"hwmon3\",sensor=\"temp1\"}"]);
        Assert.Equal(21.5, sample["sensor.power_watts{chip=\"nouveau\",device=\"hwmon3\",sensor=\"power1\"}"]);
    }

    [Fact]
    public void Sample_IntelEnergy_BecomesPowerAndSurvivesAReset()
    {
        var time = new FakeTimeProvider();
        using var tree = new TemporaryTree();
        tree.Write("/sys/class/drm/card0/device/uevent", "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:09:00.0\n");
        const string Energy = "/sys/class/drm/card0/device/hwmon/hwmon2/energy1_input";
        tree.Write(Energy, "1000000\n");
        var sampler = new MetricSampler(tree.Root, time);
        Assert.Null(sampler.Sample()["gpu.power_watts{gpu=\"0\"}"]);

        time.Advance(TimeSpan.FromSeconds(10));
        tree.Write(Energy, "1501000000\n");
        Assert.Equal(150, sampler.Sample()["gpu.power_watts{gpu=\"0\"}"]);

        time.Advance(TimeSpan.FromSeconds(10));
        tree.Write(Energy, "5\n");
        Assert.Null(sampler.Sample()["gpu.power_watts{gpu=\"0\"}"]);
    }

    [Fact]
    public void NoDriver_AcceleratorOnTheBus_IsListedWithAProblem()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/bus/pci/devices/0000:3b:00.0/class", "0x120000\n").Write("/sys/bus/pci/devices/0000:3b:00.0/vendor", "0x1da3\n")
            .Write("/sys/bus/pci/devices/0000:3b:00.0/device", "0x1020\n")
            .Write("/sys/bus/pci/devices/0000:00:1f.0/class", "0x060100\n").Link("/sys/bus/pci/devices/0000:00:1f.0/driver", "../../../bus/pci/drivers/lpc_ich");
        var inventory = Machines.Collect(tree.Root);

        Assert.Equal(("Habana Labs", "Intel Gaudi 2", null), (inventory.Gpus[0].Vendor, inventory.Gpus[0].Model, inventory.Gpus[0].Driver));
        var problem = Assert.Single(inventory.Problems);
        Assert.Equal("gpu 0000:3b:00.0", problem.Source);
        Assert.Contains("Install its maker's driver", problem.Reason);
    }

    [Fact]
    public void Model_UnknownToUs_IsTakenFromTheMachinesOwnList()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n").Write("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x1002\n")
            .Write("/sys/bus/pci/devices/0000:01:00.0/device", "0x744c\n")
            .Write("/usr/share/misc/pci.ids", "# comment\n1000  Broadcom\n\t744c  Not this\n1002  Advanced Micro Devices, Inc. [AMD/ATI]\n\t7448  Navi 31 [Radeon Pro W7900]\n"
                + "\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]\n\t\t1da2 e471  Sapphire Nitro+\n10de  NVIDIA Corporation\n\t744c  Nor this\n");

        Assert.Equal("Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]", Assert.Single(Machines.Collect(tree.Root).Gpus).Model);
    }

    private static TemporaryTree Accelerator() => new TemporaryTree()
        .Write("/sys/bus/pci/devices/0000:0c:00.0/class", "0x120000\n").Write("/sys/bus/pci/devices/0000:0c:00.0/vendor", "0x1002\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/device", "0x74a1\n").Write("/sys/bus/pci/devices/0000:0c:00.0/uevent", "DRIVER=amdgpu\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/ras/umc_err_count", "ue: 1\nce: 7\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/ras/sdma_err_count", "ue: 0\nce: 0\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/ras/features", "feature mask: 0x1\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/hwmon/hwmon5/temp2_label", "junction\n")
        .Write("/sys/bus/pci/devices/0000:0c:00.0/hwmon/hwmon5/temp2_input", "41000\n");

    private static void AssertLink(JsonElement link, GpuInfo gpu)
    {
        Assert.Equal(Generation(Text(link, "current_speed")), gpu.PcieGeneration);
        Assert.Equal(Text(link, "current_width"), gpu.PcieWidth?.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(Generation(Text(link, "max_speed")), gpu.PcieMaxGeneration);
        Assert.Equal(Text(link, "max_width"), gpu.PcieMaxWidth?.ToString(CultureInfo.InvariantCulture));
    }

    private static int? Generation(string? speed) => speed switch { null => null, "2.5 GT/s PCIe" => 1, "5.0 GT/s PCIe" => 2, "8.0 GT/s PCIe" => 3, "16.0 GT/s PCIe" => 4, _ => 5 };

    private static double? OneDecimal(double? value) => value is { } number ? Math.Round(number, 1) : null;

    private static double? First(JsonElement facts, string group, params string[] names) => names.Select(name => Number(facts, group, name)).FirstOrDefault(value => value is not null);

    private static double? Number(JsonElement facts, params string[] path)
    {
        foreach (var name in path)
        {
            if (facts.ValueKind != JsonValueKind.Object || !facts.TryGetProperty(name, out facts))
            {
                return null;
            }
        }

        return facts.ValueKind == JsonValueKind.Number ? facts.GetDouble() : null;
    }

    private static string? Text(JsonElement facts, string name) =>
        facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
