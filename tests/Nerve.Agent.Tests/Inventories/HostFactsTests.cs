using Nerve.Agent.Inventories;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class HostFactsTests
{
    [Fact]
    public void Collect_NodeExporterTree_IsAsNodeExporterShowsIt()
    {
        var host = Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Host;

        // node_dmi_info, node_os_info and node_boot_time_seconds of its end-to-end output; its product version is no text.
        Assert.Equal(new SystemInfo("Dell Inc.", "PowerEdge R6515", null, "7N62AI2", "83340ca8-cb49-4474-8c29-d2088ca84dd9")
        {
            Family = "PowerEdge",
            Sku = "SKU=NotProvided;ModelName=PowerEdge R6515",
        }, host.System);
        Assert.Equal(new BoardInfo("Dell Inc.", "07PXPY", ".7N62AI2.GRTCL6944100GP.") { Version = "A01" }, host.Board);
        Assert.Equal(new BiosInfo("Dell Inc.", "2.2.4", "04/12/2021") { Release = "2.2" }, host.Bios);
        Assert.Equal(new ChassisInfo("Rack Mount Chassis", "Dell Inc.", null, "7N62AI2", null), host.Chassis);
        Assert.Equal(new OsInfo("ubuntu", "Ubuntu 20.04.2 LTS", "20.04"), host.Os);
        Assert.Equal(1418183276, host.BootedAt?.ToUnixTimeSeconds());
    }

    [Fact]
    public void Collect_TelegrafDmi_IsAsGiven()
    {
        var host = Machines.Collect(Fixtures.Tree("telegraf-dmi/dmi-id")).Host;
        var facts = Fixtures.Facts("telegraf-dmi/dmi-id");
        string? Fact(string name) => facts.GetProperty(name).GetString();

        Assert.Equal(new SystemInfo(Fact("sys_vendor"), Fact("product_name"), Fact("product_version"), Fact("product_serial"), Fact("product_uuid"))
        {
            Family = Fact("product_family"),
            Sku = Fact("product_sku"),
        }, host.System);
        Assert.Equal(new BoardInfo(Fact("board_vendor"), Fact("board_name"), Fact("board_serial"))
        {
            Version = Fact("board_version"),
            AssetTag = Fact("board_asset_tag"),
        }, host.Board);
        // Type 3 is a desktop (DSP0134, table 17).
        Assert.Equal(new ChassisInfo("Desktop", Fact("chassis_vendor"), Fact("chassis_version"), Fact("chassis_serial"), Fact("chassis_asset_tag")), host.Chassis);
        Assert.Equal(new BiosInfo(Fact("bios_vendor"), Fact("bios_version"), Fact("bios_date")), host.Bios);
    }

    [Theory]
    [InlineData("To be filled by O.E.M.")]
    [InlineData("TO BE FILLED BY O.E.M")]
    [InlineData("Default string")]
    [InlineData("Not Specified")]
    [InlineData("System Serial Number")]
    [InlineData("0123456789")]
    [InlineData("00000000")]
    [InlineData("................")]
    [InlineData("  ")]
    [InlineData("x\u0003y")]
    [InlineData(null)]
    public void Clean_Placeholder_IsNull(string? text) => Assert.Null(DmiText.Clean(text));

    [Theory]
    [InlineData("PowerEdge R760xa")]
    [InlineData("0W6W6G")]
    [InlineData("CN747510010123")]
    public void Clean_RealText_IsKept(string text) => Assert.Equal(text, DmiText.Clean($" {text} \n"));

    [Theory]
    [InlineData("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin")]
    [InlineData("../usr/share/zoneinfo/Asia/Shanghai", "Asia/Shanghai")]
    public void TimeZone_Link_NamesIt(string link, string expected)
    {
        using var tree = new TemporaryTree();
        tree.Link("/etc/localtime", link).Write("/etc/timezone", "Etc/Stale\n");

        Assert.Equal(expected, Machines.Collect(tree.Root).Host.TimeZone);
    }

    [Fact]
    public void Os_QuotedValues_AreUnquoted()
    {
        using var tree = new TemporaryTree();
        tree.Write("/etc/os-release", "# comment\nID='x y'\nPRETTY_NAME=\"A \\\"B\\\" \\$C\"\nVERSION_ID=\n");

        Assert.Equal(new OsInfo("x y", "A \"B\" $C", null), Machines.Collect(tree.Root).Host.Os);
    }

    [Fact]
    public void Bmc_KernelDriver_HasItsFirmware()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/devices/platform/ipmi_bmc.0/firmware_revision", "2.90\n").Write("/sys/devices/platform/ipmi_bmc.0/ipmi_version", "2.0\n")
            .Write("/sys/devices/platform/ipmi_bmc.0/manufacturer_id", "0x0002a2\n").Write("/sys/devices/platform/ipmi_bmc.0/product_id", "0x0100\n")
            .Link("/sys/devices/platform/ipmi_si.0/bmc", "../ipmi_bmc.0")
            .Link("/sys/class/ipmi/ipmi0", "../../devices/platform/ipmi_si.0/ipmi/ipmi0")
            .Link("/sys/devices/platform/ipmi_si.0/ipmi/ipmi0/device", "../../../ipmi_si.0");

        Assert.Equal(new BmcInfo(null, "2.90") { IpmiVersion = "2.0", Manufacturer = "Dell", Product = "0x0100" }, Machines.Collect(tree.Root).Host.Bmc);
    }

    [Fact]
    public void TimeSync_RunningChrony_IsTheService()
    {
        using var tree = new TemporaryTree();
        tree.Write("/run/chrony/chronyd.pid", "812\n").Write("/proc/812/comm", "chronyd\n").Write("/run/ntpd.pid", "99\n")
            .Write("/etc/chrony/chrony.conf", "# servers\npool 2.debian.pool.ntp.org iburst\nserver\t10.0.0.1\ndriftfile /var/lib/chrony/drift\n");

        var sync = Machines.Collect(tree.Root).Host.TimeSync!;

        Assert.Equal(("chrony", null), (sync.Service, sync.Synchronized));
        Assert.Equal(["2.debian.pool.ntp.org", "10.0.0.1"], sync.Servers);
    }

    [Fact]
    public void TimeSync_Timesyncd_SaysItselfThatItIsSynchronized()
    {
        using var tree = new TemporaryTree();
        tree.Write("/run/systemd/timesync/synchronized", "").Write("/etc/systemd/timesyncd.conf", "[Time]\n#NTP=\nNTP=ntp.example.com\n");

        var sync = Machines.Collect(tree.Root).Host.TimeSync!;

        Assert.Equal(("systemd-timesyncd", true), (sync.Service, sync.Synchronized));
        Assert.Equal(["ntp.example.com"], sync.Servers);
    }

    [Fact]
    public void System_OnlyADeviceTree_IsTheBoardItNames()
    {
        using var tree = new TemporaryTree();

        Assert.Equal("Raspberry Pi 4 Model B Rev 1.4", Machines.Collect(tree.Write("/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0").Root).Host.System.Product);
    }

    [Fact]
    public void Collect_EmptyTree_KnowsNothingAndComplainsOfNothing()
    {
        using var tree = new TemporaryTree();

        var inventory = Machines.Collect(tree.Root);

        Assert.Equivalent(new HostInfo(), inventory.Host, strict: true);
        Assert.Empty(inventory.Problems);
    }
}
