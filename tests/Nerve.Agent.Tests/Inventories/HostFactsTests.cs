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
        Assert.Equal(new SystemInfo("Dell Inc.", "PowerEdge R6515", null, "7N62AI2", "83340ca8-cb49-4474-8c29-d2088ca84dd9"), host.System);
        Assert.Equal(new BoardInfo("Dell Inc.", "07PXPY", ".7N62AI2.GRTCL6944100GP."), host.Board);
        Assert.Equal(new BiosInfo("Dell Inc.", "2.2.4", "04/12/2021"), host.Bios);
        Assert.Equal(new OsInfo("ubuntu", "Ubuntu 20.04.2 LTS", "20.04"), host.Os);
        Assert.Equal(1418183276, host.BootedAt?.ToUnixTimeSeconds());
    }

    [Fact]
    public void Collect_TelegrafDmi_IsAsGiven()
    {
        var host = Machines.Collect(Fixtures.Tree("telegraf-dmi/dmi-id")).Host;
        var facts = Fixtures.Facts("telegraf-dmi/dmi-id");
        string? Fact(string name) => facts.GetProperty(name).GetString();

        Assert.Equal(new SystemInfo(Fact("sys_vendor"), Fact("product_name"), Fact("product_version"), Fact("product_serial"), Fact("product_uuid")), host.System);
        Assert.Equal(new BoardInfo(Fact("board_vendor"), Fact("board_name"), Fact("board_serial")), host.Board);
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
    public void Collect_EmptyTree_KnowsNothingAndComplainsOfNothing()
    {
        using var tree = new TemporaryTree();

        var inventory = Machines.Collect(tree.Root);

        Assert.Equivalent(new HostInfo(), inventory.Host, strict: true);
        Assert.Empty(inventory.Problems);
    }
}
