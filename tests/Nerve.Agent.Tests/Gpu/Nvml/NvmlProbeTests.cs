using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nerve.Agent.Probes;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Gpu.Nvml;

/// <summary>The real probe process on a fake library that plays GPUs which somebody captured with nvidia-smi.</summary>
public class NvmlProbeTests
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(30);

    public static TheoryData<string?> Reports => [.. Fixtures.CasesWith("nvidia-smi-q.txt", ["gls-captures"]), .. Fixtures.CasesWith("*query-q.txt", ["nvidia_gpu_exporter"])];

    [Theory]
    [MemberData(nameof(Reports))]
    public void CapturedMachine_IsAsNvidiaSmiShowsIt(string? name)
    {
        foreach (var reports in ReportsOf(name))
        {
            using var library = new FakeNvml(Machine(reports));
            using var probes = library.Probes();
            probes.Nvml.Want();
            AssertInventory(reports, Ask(probes, ProbeAsk.Inventory).Gpus);
            AssertSample(reports, Values(Ask(probes, ProbeAsk.Sample)));
        }
    }

    public static TheoryData<string?> XmlReports => Fixtures.CasesWith("nvidia-smi-q-x.xml", ["telegraf-nvidia-smi", "netdata-nvidia-smi"]);

    [Theory]
    [MemberData(nameof(XmlReports))]
    public void MachineCapturedAsXml_IsAsNvidiaSmiShowsIt(string? name)
    {
        var reports = NvidiaSmiXml.Parse(Fixtures.Text(name, "nvidia-smi-q-x.xml"));
        Assert.NotEmpty(reports);
        using var library = new FakeNvml(Machine(reports));
        using var probes = library.Probes();
        probes.Nvml.Want();
        AssertInventory(reports, Ask(probes, ProbeAsk.Inventory).Gpus);
        AssertSample(reports, Values(Ask(probes, ProbeAsk.Sample)));
    }

    [Fact]
    public void Inventory_A100DividedByMig_HasThePartsOfNvidiaSmi()
    {
        var reports = NvidiaSmiXml.Parse(Fixtures.Text("netdata-nvidia-smi/a100-sxm4-mig", "nvidia-smi-q-x.xml"));
        using var library = new FakeNvml(Machine(reports));

        Assert.Equal(
            [(0, 1, 0, 19968L, 42), (1, 2, 0, 19968L, 42)],
            Assert.Single(Inventory(library).Gpus).MigDevices.Select(part =>
                (part.Index, part.GpuInstance!.Value, part.ComputeInstance!.Value, part.MemoryBytes!.Value >> 20, part.Multiprocessors!.Value)));
        Assert.Equal(19L << 20, Sample(library)["gpu.mig_memory_used_bytes{gpu=\"0\",mig=\"1\"}"]);
    }

    [Fact]
    public void Inventory_H200DividedByMig_HasThePartsOfNvidiaSmi()
    {
        var reports = ReportsOf("nvidia_gpu_exporter/nvidia-h200-mig__590.48.01").First();
        using var library = new FakeNvml(Machine(reports));
        var gpu = Assert.Single(Inventory(library).Gpus);

        // Index, GPU instance, compute instance, MiB and multiprocessors as nvidia-smi printed them.
        Assert.Equal("enabled", gpu.MigMode);
        Assert.Equal(
            [(0, 2, 0, 71424L, 16), (1, 2, 1, 71424L, 32), (2, 3, 0, 33280L, 32), (3, 9, 0, 16384L, 16), (4, 10, 0, 16384L, 16)],
            gpu.MigDevices.Select(part => (part.Index, part.GpuInstance!.Value, part.ComputeInstance!.Value, part.MemoryBytes!.Value >> 20, part.Multiprocessors!.Value)));
        Assert.Equal(22L << 20, Sample(library)["gpu.mig_memory_used_bytes{gpu=\"0\",mig=\"0\"}"]);
    }

    [Fact]
    public void Inventory_SixteenGpus_AreInTheOrderOfTheirAddresses()
    {
        using var library = new FakeNvml(FakeNvml.Machine(Enumerable.Range(0, 16).Reverse().Select(i => $$"""{ "pci": "0:{{0x18 + (8 * i):x}}:0", "nvmlDeviceGetTemperature(0)": {{i}} }""")));
        var sample = Sample(library);

        Assert.Equal(16, Inventory(library).Gpus.Count);
        Assert.All(Enumerable.Range(0, 16), i => Assert.Equal(i, sample[$"gpu.temperature_celsius{{gpu=\"{i}\"}}"]));
    }

    [Fact]
    public void Lost_OneOfEight_IsSaidAndTheOthersAnswer()
    {
        using var library = new FakeNvml(FakeNvml.Machine(Enumerable.Range(0, 8).Select(i =>
            $$"""{ "pci": "0:{{i + 1:x}}:0", "nvmlDeviceGetName": "NVIDIA A100", "nvmlDeviceGetTemperature(0)": 40{{(i == 3 ? ", \"lost\": true" : "")}} }""")));
        var inventory = Inventory(library);
        var sample = Sample(library);

        Assert.Equal([3], inventory.Gpus.Index().Where(gpu => gpu.Item.Lost).Select(gpu => gpu.Index));
        Assert.Equal(7, inventory.Gpus.Count(gpu => gpu.Model == "NVIDIA A100"));
        var problem = Assert.Single(inventory.Problems);
        Assert.Equal("gpu 0000:04:00.0", problem.Source);
        Assert.Contains("fallen off the bus", problem.Reason);
        Assert.Equal(1, sample["gpu.lost{gpu=\"3\"}"]);
        Assert.Equal(0, sample["gpu.lost{gpu=\"4\"}"]);
        Assert.Equal(40, sample["gpu.temperature_celsius{gpu=\"4\"}"]);
    }

    [Fact]
    public void Lost_NotEvenAHandle_IsSaid()
    {
        using var library = new FakeNvml("""{ "gpus": [{ "pci": "0:1:0", "unreachable": true }, { "pci": "0:2:0", "nvmlDeviceGetName": "NVIDIA A100" }] }""");
        var inventory = Inventory(library);

        Assert.Equal("0000:02:00.0", Assert.Single(inventory.Gpus).PciAddress);
        Assert.Contains("1 GPU(s)", Assert.Single(inventory.Problems).Reason);
    }

    [Fact]
    public void EccErrors_ByLocation_AreThere()
    {
        using var library = new FakeNvml("""
            {
              "gpus": [
                {
                  "pci": "0:1:0",
                  "nvmlDeviceGetEccMode": [1, 1],
                  "nvmlDeviceGetTotalEccErrors(0,0)": 12,
                  "nvmlDeviceGetTotalEccErrors(1,0)": 2,
                  "nvmlDeviceGetTotalEccErrors(0,1)": 112,
                  "nvmlDeviceGetTotalEccErrors(1,1)": 4,
                  "nvmlDeviceGetMemoryErrorCounter(0,0,2)": 10,
                  "nvmlDeviceGetMemoryErrorCounter(1,0,2)": 2,
                  "nvmlDeviceGetMemoryErrorCounter(0,0,7)": 2,
                  "nvmlDeviceGetRemappedRows": [3, 1, 1, 0],
                  "nvmlDeviceGetRetiredPages(0)": 70,
                  "nvmlDeviceGetRetiredPages(1)": 1,
                  "nvmlDeviceGetRetiredPagesPendingStatus": 1
                }
              ]
            }
            """);
        var gpu = Assert.Single(Inventory(library).Gpus);
        var sample = Sample(library);

        Assert.Equal((12L, 2L, 112L, 4L), (gpu.Ecc!.VolatileCorrected!.Value, gpu.Ecc.VolatileUncorrected!.Value, gpu.Ecc.AggregateCorrected!.Value, gpu.Ecc.AggregateUncorrected!.Value));
        Assert.Equal([new EccLocationInfo("dram", 10, 2, null, null), new EccLocationInfo("sram", 2, null, null, null)], gpu.Ecc.Locations);
        Assert.Equal(new RemappedRowsInfo(3, 1, true, false), gpu.RemappedRows);
        Assert.Equal(new RetiredPagesInfo(70, 1, true), gpu.RetiredPages);
        Assert.Equal(12, sample["gpu.ecc_corrected_total{gpu=\"0\"}"]);
        Assert.Equal(2, sample["gpu.ecc_uncorrected_total{gpu=\"0\"}"]);
        Assert.Equal(3, sample["gpu.remapped_rows{gpu=\"0\",cause=\"corrected\"}"]);
        Assert.Equal(1, sample["gpu.remapping_pending{gpu=\"0\"}"]);
    }

    [Fact]
    public void Throttling_ReasonsAndTime_AreThere()
    {
        using var library = new FakeNvml("""{ "gpus": [{ "pci": "0:1:0", "nvmlDeviceGetCurrentClocksEventReasons": 68, "field(74,0)": 5000000000 }] }""");
        using var probes = library.Probes();
        probes.Nvml.Want();

        Assert.Equal(["sw_power_cap", "hw_thermal"], Assert.Single(Ask(probes, ProbeAsk.Inventory).Gpus).ThrottleReasons);
        var first = Values(Ask(probes, ProbeAsk.Sample));
        Assert.Equal((1d, 1d, 0d), (first["gpu.throttle_reasons{gpu=\"0\",reason=\"sw_power_cap\"}"], first["gpu.throttle_reasons{gpu=\"0\",reason=\"hw_thermal\"}"],
            first["gpu.throttle_reasons{gpu=\"0\",reason=\"hw_slowdown\"}"]));
        Assert.Null(first["gpu.throttled_percent{gpu=\"0\",reason=\"power\"}"]);

        // An hour more in less than an hour: all of the time.
        library.Describe("""{ "gpus": [{ "pci": "0:1:0", "field(74,0)": 3605000000000 }] }""");
        Assert.Equal(100, Values(Ask(probes, ProbeAsk.Sample))["gpu.throttled_percent{gpu=\"0\",reason=\"power\"}"]);

        // The driver was loaded anew and counts from zero: nobody knows.
        library.Describe("""{ "gpus": [{ "pci": "0:1:0", "field(74,0)": 1000 }] }""");
        Assert.Null(Values(Ask(probes, ProbeAsk.Sample))["gpu.throttled_percent{gpu=\"0\",reason=\"power\"}"]);
    }

    [Fact]
    public void Nvlinks_StateErrorsAndTraffic_AreThere()
    {
        using var library = new FakeNvml("""
            {
              "gpus": [
                {
                  "pci": "0:1:0",
                  "nvmlDeviceGetNvLinkState(0)": 1,
                  "nvmlDeviceGetNvLinkVersion(0)": 4,
                  "nvmlDeviceGetNvLinkRemoteDeviceType(0)": 2,
                  "nvmlDeviceGetNvLinkRemotePciInfo_v2(0)": "0:c5:0",
                  "field(164,0)": 26562,
                  "field(161,0)": 5,
                  "nvmlDeviceGetNvLinkState(1)": 0,
                  "nvmlDeviceGetNvLinkErrorCounter(1,0)": 9,
                  "field(138,4294967295)": 1000,
                  "field(139,4294967295)": 0,
                  "fabric": [3, 0, 7, 1],
                  "fabricCluster": "00112233445566778899aabbccddeeff"
                }
              ]
            }
            """);
        var gpu = Assert.Single(Inventory(library).Gpus);
        var sample = Sample(library);

        Assert.Equal(
            new NvlinkInfo(0, "active", 4) { SpeedMbps = 212496, RemoteType = "switch", RemotePciAddress = "0000:c5:00.0", ReplayErrors = 5 }, gpu.Nvlinks[0]);
        Assert.Equal(new NvlinkInfo(1, "inactive", null) { ReplayErrors = 9 }, gpu.Nvlinks[1]);
        Assert.Equal(new FabricInfo("completed", "success", "00112233-4455-6677-8899-aabbccddeeff", 7, "degradedBandwidth"), gpu.Fabric);
        Assert.Equal(1, sample["gpu.nvlinks_active{gpu=\"0\"}"]);
        Assert.Equal(5, sample["gpu.nvlink_replays_total{gpu=\"0\"}"]);
    }

    [Fact]
    public void Nvlinks_Traffic_IsTheRateOfWhatTheDriverCounts()
    {
        static string Counting(int sent, int received) => FakeNvml.Machine([
            $$"""{ "pci": "0:1:0", "nvmlDeviceGetNvLinkState(0)": 1, "field(138,4294967295)": {{sent}}, "field(139,4294967295)": {{received}} }"""]);
        using var library = new FakeNvml(Counting(1000, 0));
        using var probes = library.Probes();
        probes.Nvml.Want();
        var first = Values(Ask(probes, ProbeAsk.Sample));
        Assert.Null(first["gpu.nvlink_transmit_bytes_per_second{gpu=\"0\"}"]);

        library.Describe(Counting(301_000, 100_000));
        var second = Values(Ask(probes, ProbeAsk.Sample));
        var (sent, received) = (second["gpu.nvlink_transmit_bytes_per_second{gpu=\"0\"}"], second["gpu.nvlink_receive_bytes_per_second{gpu=\"0\"}"]);

        // 300,000 KiB and 100,000 KiB in nearly the same time, which is this test's.
        Assert.InRange(sent!.Value / received!.Value, 1.5, 6);
        Assert.InRange(received.Value, 100_000 * 1024 / s_wait.TotalSeconds, double.MaxValue);

        // The driver was loaded anew and counts from zero: nobody knows.
        library.Describe(Counting(5, 5));
        Assert.Null(Values(Ask(probes, ProbeAsk.Sample))["gpu.nvlink_transmit_bytes_per_second{gpu=\"0\"}"]);
    }

    [Fact]
    public void PcieTrafficAndRetiredPages_AreThoseOfTheDriver()
    {
        using var library = new FakeNvml("""
            {
              "gpus": [
                {
                  "pci": "0:1:0",
                  "nvmlDeviceGetPcieThroughput(0)": 11,
                  "nvmlDeviceGetPcieThroughput(1)": 22,
                  "nvmlDeviceGetRetiredPages(0)": 70,
                  "nvmlDeviceGetRetiredPages(1)": 1
                }
              ]
            }
            """);
        var sample = Sample(library);

        Assert.Equal((11 * 1024, 22 * 1024), (sample["gpu.pcie_transmit_bytes_per_second{gpu=\"0\"}"], sample["gpu.pcie_receive_bytes_per_second{gpu=\"0\"}"]));
        Assert.Equal((70, 1), (sample["gpu.retired_pages{gpu=\"0\",cause=\"corrected\"}"], sample["gpu.retired_pages{gpu=\"0\",cause=\"uncorrected\"}"]));
    }

    [Fact]
    public void Processes_OnAPart_AreNamedWithoutTheirArguments()
    {
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var library = new FakeNvml($$"""{ "gpus": [{ "pci": "0:1:0", "process": [[{{self}}, 1048576, 3, 0], [999999999, 18446744073709551615, 4294967295, 4294967295]] }] }""");

        var name = File.ReadAllText("/proc/self/comm").Trim();
        Assert.Equal(
            [new GpuProcessInfo(Environment.ProcessId, name, 1048576, 3, 0), new GpuProcessInfo(999999999, null, null, null, null)],
            Assert.Single(Inventory(library).Gpus).Processes);
    }

    [Fact]
    public void OldDriver_WithoutNewerFunctions_GivesWhatItHas()
    {
        using var library = new FakeNvml("""
            {
              "nvmlSystemGetDriverVersion": "390.157",
              "gpus": [
                {
                  "pci": "0:5:0",
                  "nvmlDeviceGetName": "Tesla M40",
                  "memory": [12079595520, 0, 12075401216, 4194304],
                  "nvmlDeviceGetMigMode": [1, 1],
                  "nvmlDeviceGetRemappedRows": [1, 1, 1, 1],
                  "nvmlDeviceGetCurrentClocksThrottleReasons": 8,
                  "nvmlDeviceGetNvLinkState(0)": 1,
                  "process": [[1, 1024, 0, 0]]
                }
              ]
            }
            """, old: true);
        var gpu = Assert.Single(Inventory(library).Gpus);

        Assert.Equal(("Tesla M40", "0000:05:00.0", 12079595520L, "390.157"), (gpu.Model, gpu.PciAddress, gpu.MemoryBytes!.Value, gpu.DriverVersion));
        Assert.Equal((null, null, null), (gpu.CudaVersion, gpu.MigMode, gpu.RemappedRows));
        Assert.Equal(["hw_slowdown"], gpu.ThrottleReasons);
        Assert.Equal(1024, Assert.Single(gpu.Processes).MemoryBytes);
        Assert.Equal(4194304, Sample(library)["gpu.memory_used_bytes{gpu=\"0\"}"]);
    }

    [Theory]
    [InlineData(9, "modprobe nvidia")]
    [InlineData(18, "different versions")]
    [InlineData(4, "root")]
    public void Library_ThatDoesNotStart_SaysWhyAndWhatToDo(int error, string advice)
    {
        using var library = new FakeNvml($$"""{ "nvmlInit_v2": "!{{error}}" }""");

        Assert.Contains(advice, Assert.Single(Inventory(library).Problems).Reason);
    }

    [Fact]
    public void Driver_LoadedLater_IsFoundByTheSameProbe()
    {
        using var library = new FakeNvml("""{ "nvmlInit_v2": "!9" }""");
        using var probes = library.Probes();
        probes.Nvml.Want();
        Assert.Empty(Ask(probes, ProbeAsk.Inventory).Gpus);

        library.Describe("""{ "gpus": [{ "pci": "0:1:0" }] }""");

        Assert.Single(Ask(probes, ProbeAsk.Inventory).Gpus);
    }

    private static void AssertInventory(IReadOnlyList<NvidiaSmiReport> reports, IReadOnlyList<GpuInfo> gpus)
    {
        Assert.Equal(reports.Select(report => report.Address), gpus.Select(gpu => gpu.PciAddress));
        foreach (var (report, gpu) in reports.Zip(gpus))
        {
            AssertIdentity(report, gpu);
            AssertLimits(report, gpu);
            AssertMemoryHealth(report, gpu);
            Assert.Equal(Expected(report["Fabric/State"]), gpu.Fabric?.State);
            Assert.False(gpu.Lost);
        }
    }

    private static void AssertSample(IReadOnlyList<NvidiaSmiReport> reports, Dictionary<string, double?> sample)
    {
        foreach (var (index, report) in reports.Index())
        {
            Assert.Equal(report.Number("Utilization/Gpu") ?? report.Number("Utilization/GPU"), Value("gpu.used_percent"));
            Assert.Equal(report.Mebibytes("FB Memory Usage/Used"), Value("gpu.memory_used_bytes"));
            Assert.Equal(report.Mebibytes("FB Memory Usage/Total"), Value("gpu.memory_total_bytes"));
            Assert.Equal(report.Number("Temperature/GPU Current Temp"), Value("gpu.temperature_celsius"));
            Assert.Equal(report.Number("Temperature/Memory Current Temp"), Value("gpu.memory_temperature_celsius"));
            Assert.Equal(report.PowerDraw, Value("gpu.power_watts"));
            Assert.Equal(report.Number("Fan Speed"), Value("gpu.fan_percent"));
            Assert.Equal(report.Number("Utilization/Memory") ?? (Value("gpu.memory_busy_percent") is null ? null : 0), Value("gpu.memory_busy_percent"));
            foreach (var (clock, name) in new[] { ("Graphics", "graphics"), ("Memory", "memory"), ("Video", "video") })
            {
                Assert.Equal(report.Number($"Clocks/{clock}"), sample.GetValueOrDefault($"gpu.clock_mhz{{gpu=\"{index}\",clock=\"{name}\"}}"));
            }

            Assert.Equal(report.Number("Retired Pages/Single Bit ECC"), sample.GetValueOrDefault($"gpu.retired_pages{{gpu=\"{index}\",cause=\"corrected\"}}"));
            Assert.Equal(report.Number("Retired Pages/Double Bit ECC"), sample.GetValueOrDefault($"gpu.retired_pages{{gpu=\"{index}\",cause=\"uncorrected\"}}"));
            Assert.Equal(report.Number("Remapped Rows/Correctable Error"), sample.GetValueOrDefault($"gpu.remapped_rows{{gpu=\"{index}\",cause=\"corrected\"}}"));
            Assert.Equal(report.Number("PCI/Rx Throughput") * 1024, Value("gpu.pcie_receive_bytes_per_second"));
            Assert.Equal(report.Number("PCI/GPU Link Info/PCIe Generation/Current"), Value("gpu.pcie_generation"));
            Assert.Equal(report.Number("PCI/GPU Link Info/Link Width/Current"), Value("gpu.pcie_width"));
            Assert.Equal(report.Number("Clocks/SM"), sample.GetValueOrDefault($"gpu.clock_mhz{{gpu=\"{index}\",clock=\"sm\"}}"));
            Assert.Equal(report.Number("PCI/Replays Since Reset"), Value("gpu.pcie_replays_total"));
            Assert.Equal(report.Number("PCI/Tx Throughput") * 1024, Value("gpu.pcie_transmit_bytes_per_second"));

            double? Value(string metric) => sample.GetValueOrDefault($"{metric}{{gpu=\"{index}\"}}");
        }
    }

    private static void AssertIdentity(NvidiaSmiReport report, GpuInfo gpu)
    {
        Assert.Equal(report["Product Name"], gpu.Model);
        Assert.Equal(report["GPU UUID"], gpu.Uuid);
        Assert.Equal(report["Serial Number"], gpu.Serial);
        Assert.Equal(report["VBIOS Version"], gpu.Vbios);
        Assert.Equal(report["Board Part Number"], gpu.PartNumber);
        Assert.Equal(report["GSP Firmware Version"], gpu.GspFirmware);
        Assert.Equal((report.Driver, report.Cuda), (gpu.DriverVersion, gpu.CudaVersion));
        Assert.Equal(report.Mebibytes("FB Memory Usage/Total"), gpu.MemoryBytes);
        Assert.Equal(Expected(report["MIG Mode/Current"]), gpu.MigMode);
    }

    private static void AssertLimits(NvidiaSmiReport report, GpuInfo gpu)
    {
        Assert.Equal(report.Power("Current Power Limit", "Enforced Power Limit"), gpu.PowerLimitWatts);
        Assert.Equal(report.Power("Default Power Limit"), gpu.PowerDefaultLimitWatts);
        Assert.Equal(report.Power("Min Power Limit"), gpu.PowerMinLimitWatts);
        Assert.Equal(report.Power("Max Power Limit"), gpu.PowerMaxLimitWatts);
        Assert.Equal(report.Number("Max Clocks/Graphics"), gpu.GraphicsMaxMhz);
        Assert.Equal(report.Number("Max Clocks/Memory"), gpu.MemoryMaxMhz);
        Assert.Equal(report.Number("PCI/GPU Link Info/PCIe Generation/Current"), gpu.PcieGeneration);
        Assert.Equal(report.Number("PCI/GPU Link Info/PCIe Generation/Max"), gpu.PcieMaxGeneration);
        Assert.Equal(report.Number("PCI/GPU Link Info/Link Width/Current"), gpu.PcieWidth);
        Assert.Equal(report.Number("PCI/GPU Link Info/Link Width/Max"), gpu.PcieMaxWidth);
    }

    private static void AssertMemoryHealth(NvidiaSmiReport report, GpuInfo gpu)
    {
        Assert.Equal(Expected(report["ECC Mode/Current"]), gpu.EccMode);
        Assert.Equal(report.Number("ECC Errors/Volatile/DRAM Correctable"), gpu.Ecc?.Locations.SingleOrDefault(place => place.Location == "dram")?.VolatileCorrected);
        Assert.Equal(report.Number("ECC Errors/Aggregate/SRAM Correctable"), gpu.Ecc?.Locations.SingleOrDefault(place => place.Location == "sram")?.AggregateCorrected);
        Assert.Equal(report.Number("Remapped Rows/Correctable Error"), gpu.RemappedRows?.Corrected);
        Assert.Equal(report.Number("Retired Pages/Single Bit ECC"), gpu.RetiredPages?.SingleBit);
        Assert.Equal(report.ThrottleReasons, gpu.ThrottleReasons);
        Assert.Equal(report["Remapped Rows/Pending"] is { } pending ? pending == "Yes" : null, gpu.RemappedRows?.Pending);
    }

    private static string? Expected(string? state) => state is null ? null : char.ToLowerInvariant(state[0]) + state[1..].Replace(" ", "", StringComparison.Ordinal);

    private static IEnumerable<IReadOnlyList<NvidiaSmiReport>> ReportsOf(string? name) =>
        Directory.GetFiles(Fixtures.FolderOf(name), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith("nvidia-smi-q.txt", StringComparison.Ordinal) || file.EndsWith("query-q.txt", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(file => NvidiaSmiReport.Parse(File.ReadAllText(file)))
            .Where(reports => reports.Count > 0);

    private static string Machine(IReadOnlyList<NvidiaSmiReport> reports)
    {
        var machine = new JsonObject { ["gpus"] = new JsonArray([.. reports.Select(report => report.Describe())]) };
        if (reports[0].Driver is { } driver)
        {
            machine["nvmlSystemGetDriverVersion"] = driver;
        }

        if (reports[0].Cuda?.Split('.') is [var major, var minor])
        {
            machine["nvmlSystemGetCudaDriverVersion_v2"] = (int.Parse(major) * 1000) + (int.Parse(minor) * 10);
        }

        // The fake's reader knows no escapes.
        return machine.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static ProbeReply Inventory(FakeNvml library)
    {
        using var probes = library.Probes();
        probes.Nvml.Want();
        return Ask(probes, ProbeAsk.Inventory);
    }

    private static Dictionary<string, double?> Sample(FakeNvml library)
    {
        using var probes = library.Probes();
        probes.Nvml.Want();
        return Values(Ask(probes, ProbeAsk.Sample));
    }

    private static ProbeReply Ask(ProbeSet probes, ProbeAsk what)
    {
        var reply = probes.Nvml.Ask(new ProbeRequest(what), s_wait);
        Assert.True(reply is not null, probes.Nvml.Problem?.Reason);
        return reply;
    }

    private static Dictionary<string, double?> Values(ProbeReply reply) => reply.Schema!.Series.Zip(reply.Values).ToDictionary(pair => pair.First, pair => pair.Second);
}
