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
        Assert.Equal(("raid6", "active", 8, 8), Of(raids["md3"]));
        Assert.Equal(("raid1", "recovery", 2, 1), Of(raids["md6"]));
        Assert.Equal(("raid6", "degraded", 4, 3), Of(raids["md7"]));
        Assert.Equal(("raid1", "resync", 2, 2), Of(raids["md8"]));
        Assert.Equal(("raid1", "check", 2, 2), Of(raids["md201"]));
        Assert.Equal("inactive", raids["md4"].State);
        Assert.Equal((null, null), (raids["md219"].Disks, raids["md219"].Level));
        Assert.Equal((3, 3), (raids["md101"].Disks, raids["md101"].ActiveDisks));
        Assert.Equal(17, raids.Count);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Collect_MdStat_HasTheMembersOfTheFile(string? name)
    {
        var raids = Machines.Collect(Fixtures.Tree(name)).Raids.ToDictionary(raid => raid.Name);
        foreach (var array in Fixtures.Facts(name).GetProperty("readout").EnumerateObject())
        {
            var raid = raids[array.Name];
            var devices = array.Value.GetProperty("devices").EnumerateObject().ToList();

            Assert.Equal(array.Value.GetProperty("level").GetString(), raid.Level);
            Assert.Equal(array.Value.GetProperty("blocks").GetInt64() * 1024, raid.SizeBytes);
            Assert.Equal(devices.Select(device => device.Name).Order(), raid.Members.Select(member => member.Device).Order());
            foreach (var device in devices)
            {
                var mark = device.Value[1].GetString() switch { "(F)" => "faulty", "(S)" => "spare", "(J)" => "journal", "(W)" => "writeMostly", _ => "active" };
                Assert.Equal((device.Value[0].GetInt32(), mark), raid.Members.Where(member => member.Device == device.Name).Select(member => (member.Slot!.Value, member.State)).Single());
            }

            if (array.Value.GetProperty("action") is { ValueKind: System.Text.Json.JsonValueKind.Array } action)
            {
                Assert.Equal(action[0].GetString(), raid.State);
            }
        }
    }

    // As telegraf's tests say of the samples: what is done, and how many of how many work.
    [Theory]
    [InlineData("mdstat-0", "md2", "check", 12, 12)]
    [InlineData("mdstat-0", "md1", "active", 2, 2)]
    [InlineData("mdstat-2", "md0", "degraded", 4, 3)]
    [InlineData("mdstat-4", "md0", "active", 2, 2)]
    public void Parse_TelegrafSample_HasItsState(string file, string array, string state, int disks, int active)
    {
        var raid = RaidFacts.Parse(File.ReadAllText(Path.Combine(Fixtures.FolderOf("telegraf-mdstat/samples"), file))).Single(raid => raid.Name == array);

        Assert.Equal((state, disks, active), (raid.State, raid.Disks, raid.ActiveDisks));
    }

    [Fact]
    public void Collect_MegaraidVirtualDrive_IsHardware()
    {
        using var tree = new TemporaryTree();
        const string Device = "/sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host0/target0:2:0/0:2:0:0";
        tree.Write(Device + "/block/sda/size", "2048\n").Link(Device + "/block/sda/device", "../../../0:2:0:0").Link("/sys/block/sda", ".." + Device["/sys".Length..] + "/block/sda")
            .Write("/sys/class/scsi_host/host0/proc_name", "megaraid_sas\n");

        var raid = Assert.Single(Machines.Collect(tree.Root).Raids);

        Assert.Equal(("sda", "hardware", "megaraid_sas", 1L << 20), (raid.Name, raid.Kind, raid.Controller, raid.SizeBytes));
    }

    [Theory]
    [InlineData("RAID 1(1+0)", "raid1")]
    [InlineData("RAID-5", "raid5")]
    public void Collect_ControllerThatSaysTheLevel_IsHardware(string text, string level)
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", "2048\n").Write("/sys/block/sda/device/raid_level", text + "\n")
            .Write("/sys/block/sdb/size", "2048\n").Write("/sys/block/sdb/device/raid_level", "N/A\n");

        Assert.Equal(("sda", level), Machines.Collect(tree.Root).Raids.Select(raid => (raid.Name, raid.Level!)).Single());
    }

    private static (string? Level, string? State, int? Disks, int? Active) Of(RaidInfo raid) => (raid.Level, raid.State, raid.Disks, raid.ActiveDisks);

    [Fact]
    public void Parse_AnyText_NeverThrows() =>
        Gen.Char["md01 :[]/_U=\nactive()"].Array.Select(letters => new string(letters)).Sample(text => RaidFacts.Parse(text).Count >= 0);
}
