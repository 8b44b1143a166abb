using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Gpu;

public class RocmSmiTests
{
    public static TheoryData<string?> Reports => Fixtures.CasesWith("rocm-smi.json", ["telegraf-rocm-smi"]);

    [Theory]
    [MemberData(nameof(Reports))]
    public void Parse_CapturedReport_HasTheMemoryThatTelegrafFinds(string? name)
    {
        using var expected = JsonDocument.Parse(Fixtures.Text(name, "telegraf-metrics.json"));
        var cards = RocmSmi.Parse(Bytes(name));

        Assert.Equal(
            expected.RootElement.EnumerateArray().Select(card => card.GetProperty("fields").GetProperty("memory_total").GetInt64()),
            cards.Select(card => card.MemoryBytes!.Value));
    }

    [Theory]
    [InlineData("telegraf-rocm-smi/mi100_rocm571", "0000:1e:00.0", "Arcturus GL-XL [Instinct MI100]", null, "113-D3430400-037")]
    [InlineData("telegraf-rocm-smi/vega-20-WKS-GL-XE", "0000:63:00.0", "Radeon Instinct MI50 32GB", "692024000810", "113-D1631700-111")]
    [InlineData("telegraf-rocm-smi/rx6700xt_rocm430", "0000:07:00.0", null, null, "113-67XA6SSB1-D01")]
    public void Parse_CapturedReport_HasNamesButNoPlaceholders(string name, string address, string? model, string? serial, string vbios)
    {
        var card = RocmSmi.Parse(Bytes(name))[0];

        Assert.Equal((address, model, serial, vbios), (card.PciAddress, card.Model, card.Serial, card.Vbios));
    }

    [Fact]
    public void Add_CardWithItsOwnName_KeepsIt()
    {
        GpuInfo[] gpus = [new() { Vendor = "AMD", PciAddress = "0000:63:00.0", Model = "AMD Instinct MI50" }, new() { Vendor = "AMD", PciAddress = "0000:01:00.0" }];

        var completed = RocmSmi.Add(gpus, RocmSmi.Parse(Bytes("telegraf-rocm-smi/vega-20-WKS-GL-XE")));

        Assert.Equal(("AMD Instinct MI50", "692024000810"), (completed[0].Model, completed[0].Serial));
        Assert.Equal(gpus[1], completed[1]);
    }

    [Fact]
    public void Complete_CardWithoutASerialNumber_StartsTheToolOnceADay()
    {
        var time = new FakeTimeProvider();
        var (started, installed) = (0, false);
        var names = new AmdNames(time, () =>
        {
            started++;
            return installed ? [new GpuInfo { PciAddress = "0000:01:00.0", Model = "AMD Radeon" }] : null;
        });
        List<GpuInfo> gpus = [new() { Vendor = "AMD", PciAddress = "0000:01:00.0" }];

        // A tool that is not there costs nothing to look for, and may be installed at any time.
        Assert.Null(names.Complete(gpus)[0].Model);
        (started, installed) = (0, true);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(("AMD Radeon", null), (names.Complete(gpus)[0].Model, names.Complete(gpus)[0].Serial));
            time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(1, started);

        // A card that the tool does not know is asked for once as well.
        gpus.Add(new() { Vendor = "AMD", PciAddress = "0000:02:00.0" });
        Assert.Null(names.Complete(gpus)[1].Model);
        names.Complete(gpus);
        Assert.Equal(2, started);

        time.Advance(TimeSpan.FromHours(24));
        names.Complete(gpus);
        names.Complete(gpus);
        Assert.Equal(3, started);
    }

    [Fact]
    public void Complete_CardThatLacksNothing_StartsNothing() => Assert.Single(
        new AmdNames(new FakeTimeProvider(), () => throw new InvalidOperationException("Nobody needs it."))
            .Complete([new GpuInfo { Vendor = "AMD", PciAddress = "0000:01:00.0", Model = "M", Serial = "S" }]));

    [Theory]
    [InlineData("")]
    [InlineData("WARNING: No AMD GPUs specified")]
    [InlineData("[1,2]")]
    [InlineData("{\"card0\": 3}")]
    public void Parse_NoReport_IsEmpty(string text) => Assert.Empty(RocmSmi.Parse(Encoding.UTF8.GetBytes(text)));

    private static byte[] Bytes(string? name) => Encoding.UTF8.GetBytes(Fixtures.Text(name, "rocm-smi.json"));
}
