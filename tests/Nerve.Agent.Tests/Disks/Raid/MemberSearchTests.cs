using System.Text;
using Nerve.Agent.Disks;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Inventories;
using Nerve.Agent.Probes;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Disks.Raid;

public class MemberSearchTests
{
    [Theory]
    [InlineData("telegraf-smartctl/scan-megaraid", 7, "bus/6:megaraid,8", "bus/6:megaraid,14")]
    [InlineData("telegraf-smartctl/scan-all", 0, null, null)]
    public void Listed_CapturedScan_HasTheDisksBehindControllersOnly(string scan, int count, string? first, string? last)
    {
        var members = MemberSearch.Listed(Encoding.UTF8.GetBytes(Fixtures.Text(scan, "smartctl-scan.json")));

        Assert.Equal(count, members.Count);
        Assert.Equal((first, last), (members.FirstOrDefault(), members.LastOrDefault()));
    }

    [Fact]
    public void Find_SmartArray_AsksOneNumberAfterAnotherThroughTheController()
    {
        using var tree = new TemporaryTree()
            .Write("/sys/class/scsi_host/host2/proc_name", "hpsa\n")
            .Write("/sys/devices/pci0000:00/host2/target2:0:0/2:0:0:0/type", "12\n")
            .Write("/sys/devices/pci0000:00/host2/target2:1:0/2:1:0:0/type", "0\n")
            .Link("/sys/class/scsi_generic/sg0/device", "../../../devices/pci0000:00/host2/target2:1:0/2:1:0:0")
            .Link("/sys/class/scsi_generic/sg1/device", "../../../devices/pci0000:00/host2/target2:0:0/2:0:0:0");
        List<string> asked = [];

        var members = new MemberSearch(tree.Root, arguments =>
        {
            asked.Add(string.Join(' ', arguments));
            // The bays of numbers 1 to 8 are empty.
            return Encoding.UTF8.GetBytes(arguments[3] is "cciss,0" or "cciss,9" ? """{"model_name":"MB4000GVYZK"}""" : """{"smartctl":{"exit_status":2}}""");
        }).Find();

        Assert.Equal(["sg1:cciss,0", "sg1:cciss,9"], members);
        Assert.Equal("--json --info --device cciss,0 /dev/sg1", asked[0]);
        Assert.Equal(34, asked.Count);
    }

    [Fact]
    public void Find_NoSuchController_AsksNothing()
    {
        using var tree = new TemporaryTree().Write("/sys/class/scsi_host/host0/proc_name", "ahci\n");

        Assert.Empty(new MemberSearch(tree.Root, _ => throw new InvalidOperationException("Nobody is to be asked.")).Find());
    }

    /// <summary>The expected values are those of the document that telegraf made of the same report.</summary>
    [Fact]
    public void Identity_CapturedDiskBehindMegaraid_IsAsTelegrafReadsIt()
    {
        var disk = SmartIdentity.Parse(Encoding.UTF8.GetBytes(Fixtures.Text("telegraf-smartctl/megaraid", "smartctl.json")))!;
        var line = Fixtures.Text("telegraf-smartctl/megaraid", "telegraf.influx").Split('\n')[0];

        Assert.Contains($"model={disk.Model},", line);
        Assert.Contains($"serial={disk.Serial},", line);
        Assert.Contains($"wwn={disk.Wwn![2..]} ", line);
        Assert.Contains($"capacity={disk.SizeBytes}i,", line);
        Assert.Contains($"firmware=\"{disk.Firmware}\"", line);
        Assert.Equal(("sata", true, 512, 4096), (disk.Transport, disk.Rotational, disk.LogicalSectorBytes, disk.PhysicalSectorBytes));
    }

    [Fact]
    public void Identity_CapturedSasDisk_HasMakerAndModelApart()
    {
        var disk = SmartIdentity.Parse(Encoding.UTF8.GetBytes(Fixtures.Text("libblockdev-smart/TOSHIBA_AL15SEB120NY", "smartctl.json")))!;

        Assert.Equal(("TOSHIBA", "AL15SEB120NY", "EF06", "sas", true), (disk.Vendor, disk.Model, disk.Firmware, disk.Transport, disk.Rotational));
    }

    /// <summary>A machine whose only disks are behind a controller has none to name, and members to find all the same.</summary>
    [Theory]
    [InlineData(true, false, true, false, true)]
    [InlineData(false, true, true, false, true)]
    [InlineData(false, true, false, true, true)]
    [InlineData(true, false, false, true, false)]
    [InlineData(true, true, false, false, false)]
    [InlineData(false, false, true, true, false)]
    public void IsWorthAsking_DisksControllersAndTools_NeedsSomethingAndItsTool(bool disks, bool controller, bool smartctl, bool raidTool, bool expected) =>
        Assert.Equal(expected, DiskHealth.IsWorthAsking(disks, controller, smartctl, raidTool));

    [Fact]
    public void Behind_DiskThatTheControllerShowsAsWell_IsNotThereTwice()
    {
        var reply = new ProbeReply { Disks = [new DiskInfo { Name = "bus/0:megaraid,4", Serial = "S1" }, new DiskInfo { Name = "bus/0:megaraid,5", Serial = "S2" }] };

        Assert.Equal(["bus/0:megaraid,5"], DiskHealth.Behind([new DiskInfo { Name = "sdc", Serial = "S1" }], reply).Select(disk => disk.Name));
    }

    [Fact]
    public void Collect_ArrayThatTheKernelAndTheToolKnow_IsOneWithTheMembers()
    {
        using var tree = new TemporaryTree()
            .Write("/sys/class/scsi_host/host0/proc_name", "megaraid_sas\n")
            .Write("/sys/devices/pci0000:00/0000:0a:00.0/host0/target0:2:0/0:2:0:0/block/sda/size", "2048\n")
            .Link("/sys/devices/pci0000:00/0000:0a:00.0/host0/target0:2:0/0:2:0:0/block/sda/device", "../../../0:2:0:0")
            .Link("/sys/block/sda", "../devices/pci0000:00/0000:0a:00.0/host0/target0:2:0/0:2:0:0/block/sda");
        RaidInfo told = new("sda", "raid6", "degraded", 6, 5) { Kind = "hardware", Members = [new RaidMemberInfo("bus/0:megaraid,35", 0, "active")] };

        var raids = HardwareRaidFacts.Collect(new Machine(tree.Root, new FilesystemSpaces(null)), [told, told with { Name = "c0/v1" }]).ToList();

        Assert.Equal([told with { SizeBytes = 1 << 20 }, told with { Name = "c0/v1" }], raids);
    }
}
