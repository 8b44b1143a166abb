using CsCheck;
using Nerve.Agent.Inventories;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class RaidFactsTests
{
    public static TheoryData<string?> Cases => Fixtures.CasesWith("root.tar.gz", ["pymdstat"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Collect_MdStat_CountsAsPymdstat(string? name)
    {
        var raids = Machines.Collect(Fixtures.Tree(name)).Raids;
        var facts = Fixtures.Facts(name);
        if (!facts.TryGetProperty("arrays", out var arrays))
        {
            Assert.NotEmpty(raids);
            return;
        }

        Assert.Equal(arrays.EnumerateObject().Select(array => array.Name).Order(), raids.Select(raid => raid.Name).Order());
        foreach (var raid in raids)
        {
            var array = arrays.GetProperty(raid.Name);
            Assert.Equal(array.GetProperty("type").GetString(), raid.Level);
            Assert.Equal(array.GetProperty("available").GetString(), raid.Disks?.ToString());
            Assert.Equal(array.GetProperty("used").GetString(), raid.ActiveDisks?.ToString());
        }
    }

    [Fact]
    public void Collect_NodeExporterTree_HasItsStates()
    {
        var raids = Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Raids.ToDictionary(raid => raid.Name);

        // node_md_disks_required, node_md_disks{state="active"}, node_md_state of its end-to-end output.
        Assert.Equal(new RaidInfo("md3", "raid6", "active", 8, 8), raids["md3"]);
        Assert.Equal(new RaidInfo("md6", "raid1", "recovery", 2, 1), raids["md6"]);
        Assert.Equal(new RaidInfo("md7", "raid6", "degraded", 4, 3), raids["md7"]);
        Assert.Equal(new RaidInfo("md8", "raid1", "resync", 2, 2), raids["md8"]);
        Assert.Equal(new RaidInfo("md201", "raid1", "check", 2, 2), raids["md201"]);
        Assert.Equal("inactive", raids["md4"].State);
        Assert.Equal((null, null), (raids["md219"].Disks, raids["md219"].Level));
        Assert.Equal((3, 3), (raids["md101"].Disks, raids["md101"].ActiveDisks));
        Assert.Equal(17, raids.Count);
    }

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Gen.Char["md01 :[]/_U=\nactive()"].Array.Select(letters => new string(letters)).Sample(text => RaidFacts.Parse(text).Count >= 0);
}
