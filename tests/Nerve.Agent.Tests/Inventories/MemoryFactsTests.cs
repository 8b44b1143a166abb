using Nerve.Agent.Inventories;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class MemoryFactsTests
{
    [Fact]
    public void Collect_NodeExporterTree_HasItsTotal() =>
        // node_memory_MemTotal_bytes of its end-to-end output.
        Assert.Equal(3831959552, Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Memory.TotalBytes);

    [Fact]
    public void Collect_TelegrafHugepages_HasItsPools() => Assert.Equal(
        [new HugepagesInfo(2 << 20, 2048, 883), new HugepagesInfo(1 << 30, 8, 0)],
        Machines.Collect(Fixtures.Tree("telegraf-hugepages/valid")).Memory.Hugepages);

    [Fact]
    public void Collect_DamagedFile_IsUnknown()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/meminfo", "MemTotal:\nSwapTotal: many kB\n");

        var memory = Machines.Collect(tree.Root).Memory;

        Assert.Equal((null, null), (memory.TotalBytes, memory.SwapBytes));
    }

    [Fact]
    public void Collect_DellServer_HasTheModulesOfHwloc()
    {
        var memory = Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Memory;
        var expected = System.Xml.Linq.XDocument.Parse(Fixtures.Text("hwloc/32em64t-2n8c_dax_nvme_mic_dimms", "*.xml")).Descendants("object")
            .Where(item => item.Attribute("subtype")?.Value == "MemoryModule")
            .Select(item => item.Elements("info").ToDictionary(info => info.Attribute("name")!.Value, info => info.Attribute("value")!.Value.Trim()))
            .ToDictionary(info => info["DeviceLocation"]);

        var filled = memory.Modules.Where(module => module.SizeBytes is not null).ToList();
        Assert.Equal(24, memory.Modules.Count);
        Assert.Equal(expected.Keys.Order(), filled.Select(module => module.Locator).Order());
        foreach (var module in filled)
        {
            var info = expected[module.Locator!];
            Assert.Equal((info["Vendor"], info["SerialNumber"], info["PartNumber"]), (module.Manufacturer, module.Serial, module.PartNumber));
            Assert.Equal((info["FormFactor"], info["Type"], info["Rank"]), (module.FormFactor, module.Type, $"{module.Rank}"));
            Assert.Equal(info["Size"], $"{module.SizeBytes / 1024}KiB");
        }
    }

    [Fact]
    public void Collect_NodeExporterTree_CountsErrorsByRowAndChannel()
    {
        var ecc = Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Memory.Ecc!;

        // node_edac_correctable_errors_total, node_edac_uncorrectable_errors_total and node_edac_csrow_… of its end-to-end output.
        var controller = Assert.Single(ecc.Controllers);
        Assert.Equal(("mc0", 1, 5), (controller.Name, controller.CorrectedErrors, controller.UncorrectedErrors));
        Assert.Equal((1, 5), (ecc.CorrectedErrors, ecc.UncorrectedErrors));
        Assert.Equal(["csrow0/ch0", "csrow0/ch1", "csrow1/ch0", "csrow1/ch1", "csrow2/ch0", "csrow2/ch1"], controller.Dimms!.Select(dimm => dimm.Name));
    }

    [Fact]
    public void Collect_CadvisorEdac_HasItsModulesAndNoOthers()
    {
        var controllers = Machines.Collect(Fixtures.Tree("cadvisor/edac-dimms")).Memory.Ecc!.Controllers;
        var types = Fixtures.Facts("cadvisor/edac-dimms").GetProperty("types");

        foreach (var type in controllers.SelectMany(controller => controller.Dimms!).GroupBy(dimm => dimm.Type!))
        {
            Assert.Equal(types.GetProperty(type.Key).GetProperty("dimm_count").GetInt32(), type.Count());
            Assert.Equal(types.GetProperty(type.Key).GetProperty("size_mb").GetInt64() << 20, type.Sum(dimm => dimm.SizeBytes));
        }

        Assert.Equal(2, types.EnumerateObject().Count());
    }

    [Theory]
    [InlineData("util-linux-lsmem/x86_64-16g")]
    [InlineData("util-linux-lsmem/s390-zvm-6g")]
    public void Collect_OnlyMemoryBlocks_CountsAsLsmem(string name)
    {
        // "Total online memory" of lsmem's output, with one decimal at most: "4.8G".
        var online = Fixtures.Facts(name).GetProperty("Total online memory").GetString()!.TrimEnd('G');

        var gibibytes = Machines.Collect(Fixtures.Tree(name)).Memory.TotalBytes!.Value / (double)(1L << 30);
        Assert.Equal(online, Math.Round(gibibytes, 1, MidpointRounding.AwayFromZero).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("Multi-bit ECC", 72, 64, null, "Multi-bit ECC")]
    [InlineData("Single-bit ECC", 80, 64, null, "Single-bit ECC")]
    // A server board filled with modules that have no room for it.
    [InlineData("Multi-bit ECC", 64, 64, null, "None")]
    // A board without it does not use the bits of the modules.
    [InlineData("None", 72, 64, null, "None")]
    // Widths as a desktop board really printed them.
    [InlineData("None", 2304, 2052, null, "None")]
    [InlineData("Multi-bit ECC", 258, 6, null, "Multi-bit ECC")]
    [InlineData("Multi-bit ECC", 64, 64, "S4ECD4ED", "Multi-bit ECC")]
    [InlineData("None", 72, 64, "SECDED", "Single-bit ECC")]
    [InlineData(null, 72, 64, null, "ECC")]
    [InlineData(null, null, null, null, null)]
    public void Ecc_BoardModulesAndController_AgreeOnTheModeInEffect(string? board, int? total, int? data, string? controller, string? expected)
    {
        var controllers = controller is null ? Array.Empty<EccControllerInfo>()
            : [new("mc0", null, 0, 0, null, [new("dimm0", null, null, "Registered-DDR4", controller, null, 0, 0)])];

        Assert.Equal(expected, EccFacts.Of(board, [new MemoryModuleInfo { SizeBytes = 1, TotalWidth = total, DataWidth = data }], controllers)?.Mode);
    }
}
