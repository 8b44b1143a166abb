using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Gpu;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Gpu;

public class XidTests
{
    [Fact]
    public void Parse_CapturedLines_HaveTheNumberAndDeviceThatGpudFinds()
    {
        using var lines = JsonDocument.Parse(Fixtures.Text("gpud-xid/lines-a", "xid.json"));
        foreach (var line in lines.RootElement.EnumerateArray())
        {
            var text = line.GetProperty("line").GetString()!;
            var found = text.Split('\n').Select(XidLine.Parse).FirstOrDefault(xid => xid is not null);
            if (line.TryGetProperty("no_event", out _))
            {
                Assert.True(found is null, text);
                continue;
            }

            Assert.Equal(line.GetProperty("xid").GetInt32(), found!.Value.Xid);
            var device = (line.TryGetProperty("pci", out var pci) ? pci : line.GetProperty("device")).GetString()!;
            Assert.Equal(device.Replace("PCI:", "", StringComparison.Ordinal) + ".0", found.Value.PciAddress);
        }
    }

    [Fact]
    public void Count_CapturedLog_IsThatOfTheLog()
    {
        var metrics = Read(Fixtures.Text("gpud-xid/dmesg-iso-xid-13", "dmesg.log"));
        var facts = Fixtures.Facts("gpud-xid/dmesg-iso-xid-13").GetProperty("xid_counts");

        foreach (var xid in facts.EnumerateObject())
        {
            foreach (var device in xid.Value.EnumerateObject())
            {
                Assert.Equal(device.Value.GetInt32(), metrics[$"gpu.xid_total{{gpu=\"{device.Name}.0\",xid=\"{xid.Name}\"}}"]);
            }
        }

        Assert.Equal(2, metrics.Count);
    }

    [Fact]
    public void Count_LogWithoutErrors_IsNoSeries() => Assert.Empty(Read(Fixtures.Text("gpud-xid/kmsg-1-log", "kmsg.log")));

    [Fact]
    public void Count_KnownGpu_HasItsIndex()
    {
        var metrics = Read(
            "4,1,1,-;NVRM: Xid (PCI:0000:43:00): 79, pid=1, GPU has fallen off the bus.\n4,2,1,-;NVRM: GPU 0000:43:00.0: GPU has fallen off the bus.\n",
            tree => tree.Write("/sys/bus/pci/devices/0000:1b:00.0/class", "0x030200\n").Write("/sys/bus/pci/devices/0000:1b:00.0/vendor", "0x10de\n")
                .Write("/sys/bus/pci/devices/0000:43:00.0/class", "0x030200\n").Write("/sys/bus/pci/devices/0000:43:00.0/vendor", "0x10de\n"));

        // The same event, said twice by the driver.
        Assert.Equal(new Dictionary<string, double?> { ["gpu.xid_total{gpu=\"1\",xid=\"79\"}"] = 1 }, metrics);
    }

    /// <summary>Of a card that is divided the driver also names the instance, and perhaps that of its processors.</summary>
    [Theory]
    [InlineData("NVRM: Xid (PCI:0000:01:00 GPU-I:05): 94, pid=7, name=python, Ch 00000008")]
    [InlineData("NVRM: Xid (PCI:0000:01:00 GPU-I:01 GPU-CI:02): 94, pid='<unknown>', name=<unknown>")]
    public void Parse_LineOfAnInstance_IsOfItsCard(string line) =>
        Assert.Equal(new XidLine("0000:01:00.0", 94, IsImplied: false), XidLine.Parse(line));

    [Theory]
    [InlineData("NVRM: Xid (PCI:0000:01:00): , nothing")]
    [InlineData("NVRM: Xid (PCI:0000:01:00 79")]
    [InlineData("NVRM: Xid ()")]
    [InlineData("NVRM: GPU : GPU has fallen off the bus.")]
    [InlineData("NVRM: ")]
    public void Parse_CutOrStrangeLine_IsNone(string line) => Assert.Null(XidLine.Parse(line));

    private static Dictionary<string, double?> Read(string log, Action<TemporaryTree>? more = null)
    {
        using var tree = new TemporaryTree();
        tree.Write("/dev/kmsg", log);
        more?.Invoke(tree);
        var builder = new SampleBuilder(new FakeTimeProvider());
        builder.Begin();
        using var metrics = new XidMetrics(tree.Root);
        metrics.Read(builder);
        var sample = builder.End(default);
        return sample.Schema.Series.Zip(sample.Values).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
