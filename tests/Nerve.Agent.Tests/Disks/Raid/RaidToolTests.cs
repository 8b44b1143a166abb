using System.Text;
using System.Text.Json;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Disks.Raid;

public class RaidToolTests
{
    private static readonly KernelNames s_noNames = new(new HostRoot("/nonexistent"));

    /// <summary>Beside the capture are the figures that netdata reads from it.</summary>
    [Fact]
    public void StorCli_CapturedServeRaid_IsAsTheReportSays()
    {
        var report = StorCli.Parse(Captured("netdata-raid/storcli", "megaraid-controllers-info.json"), s_noNames)!;
        using var json = JsonDocument.Parse(Fixtures.Text("netdata-raid/storcli", "netdata-metrics.json"));
        var figures = json.RootElement[0];

        var controller = Assert.Single(report.Controllers);
        Assert.Equal(("ServeRAID M5015 SAS/SATA Controller", "SV04616189", "2.130.403-4660"), (controller.Model, controller.Serial, controller.Firmware));
        Assert.Equal(("0000:0a:00.0", "megaraid_sas", 512L << 20), (controller.PciAddress, controller.Driver, controller.CacheBytes));
        Assert.Equal(figures.GetProperty("cntrl_0_status_optimal").GetInt32() == 1, controller.State == "Optimal");
        Assert.Equal(figures.GetProperty("cntrl_0_bbu_status_healthy").GetInt32() == 1, controller.BatteryState == "Optimal");
        Assert.Equal("iBBU08", controller.BatteryModel);

        var raid = Assert.Single(report.Raids);
        Assert.Equal(("c0/v0", "raid6", "active", 6, 6), (raid.Name, raid.Level, raid.State, raid.Disks, raid.ActiveDisks));
        Assert.Equal(("Sluthub", "writeBack", "hardware"), (raid.Label, raid.WriteCache, raid.Kind));
        Assert.Equal(
            figures.EnumerateObject().Count(figure => figure.Name.EndsWith("_temperature", StringComparison.Ordinal) && figure.Name.StartsWith("phys_drive", StringComparison.Ordinal)),
            raid.Members.Count);
        Assert.Equal(new RaidMemberInfo("252:3", 0, "active") { Location = "252:3" }, raid.Members[0]);
    }

    [Fact]
    public void StorCli_NamesOfTheKernel_TakeThePlaceOfTheTools()
    {
        using var tree = new TemporaryTree()
            .Write("/sys/devices/pci0000:00/0000:0a:00.0/host4/scsi_host/host4/proc_name", "megaraid_sas\n")
            .Link("/sys/class/scsi_host/host4", "../../devices/pci0000:00/0000:0a:00.0/host4/scsi_host/host4")
            .Write("/sys/bus/scsi/devices/4:2:0:0/block/sdb/size", "1\n");

        var report = StorCli.Parse(Captured("netdata-raid/storcli", "megaraid-controllers-info.json"), new KernelNames(tree.Root))!;

        Assert.Equal("host4", report.Controllers[0].Host);
        Assert.Equal("sdb", report.Raids[0].Name);
        Assert.Equal(new RaidMemberInfo("bus/4:megaraid,35", 0, "active") { Location = "252:3" }, report.Raids[0].Members[0]);
    }

    [Fact]
    public void StorCli_DegradedArray_HasItsMissingDiskAndItsSpare()
    {
        var report = StorCli.Parse(
            """
            {"Controllers":[{"Command Status":{"Controller":1,"Status":"Success"},"Response Data":{
              "Product Name":"PERC H730P Mini","PCI Address":"00:02:00:00","FW Version":"25.5.9.0001","Driver Name":"megaraid_sas",
              "HwCfg":{"ROC temperature(Degree Celsius)":44},
              "TOPOLOGY":[
                {"DG":3,"Arr":"-","Row":"-","EID:Slot":"-","DID":"-","Type":"RAID1","State":"Dgrd"},
                {"DG":3,"Arr":0,"Row":"-","EID:Slot":"-","DID":"-","Type":"RAID1","State":"Dgrd"},
                {"DG":3,"Arr":0,"Row":0,"EID:Slot":"32:0","DID":0,"Type":"DRIVE","State":"Onln"},
                {"DG":3,"Arr":0,"Row":1,"EID:Slot":"-","DID":"-","Type":"DRIVE","State":"Msng"},
                {"DG":3,"Arr":"-","Row":"-","EID:Slot":"32:2","DID":2,"Type":"DRIVE","State":"DHS"}],
              "VD LIST":[{"DG/VD":"3/7","TYPE":"RAID1","State":"Dgrd","Access":"RW","Cache":"NRWTD","Size":"931.0 GB","Name":""}],
              "Cachevault_Info":[{"Model":"CVPM05","State":"Failed"}]}}]}
            """u8.ToArray(),
            s_noNames)!;

        var raid = Assert.Single(report.Raids);
        Assert.Equal(("c1/v7", "degraded", 2, 1, "writeThrough"), (raid.Name, raid.State, raid.Disks, raid.ActiveDisks, raid.WriteCache));
        Assert.Equal(["32:0 active", "row 1 missing", "32:2 spare"], raid.Members.Select(member => $"{member.Device} {member.State}"));
        Assert.Equal(("PERC H730P Mini", "25.5.9.0001", "Failed"), (report.Controllers[0].Model, report.Controllers[0].Firmware, report.Controllers[0].BatteryState));
        Assert.Equal(44, Assert.Single(report.Temperatures));
    }

    [Theory]
    [InlineData("ironlib/supermicro-x11dph-t", "storecli.json", "LSI3008-IT")]
    [InlineData("ironlib/utils", "show_nocontrollers.json", null)]
    public void StorCli_ControllerWithoutArrays_HasNone(string capture, string file, string? model)
    {
        var report = StorCli.Parse(Captured(capture, file), s_noNames)!;

        Assert.Equal(model, report.Controllers.SingleOrDefault()?.Model);
        Assert.Empty(report.Raids);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"Controllers":7}""")]
    public void StorCli_WhatIsNoReport_IsNull(string text) => Assert.Null(StorCli.Parse(Encoding.UTF8.GetBytes(text), s_noNames));

    [Fact]
    public void SsaCli_ReportOfASmartArray_IsAsItSays()
    {
        var report = SsaCli.Parse(
            """

            HPE Smart Array P408i-a SR Gen10 in Slot 0 (Embedded)
               Serial Number: PEYHC0ARHC1234
               Controller Status: OK
               Firmware Version: 6.52
               Total Cache Size: 2.0
               Cache Backup Power Source: Batteries
               Battery/Capacitor Status: Failed (Replace Batteries)
               Controller Temperature (C): 52
               Driver Name: smartpqi
               PCI Address (Domain:Bus:Device.Function): 0000:5C:00.0

               Physical Drives
                  physicaldrive 2I:1:1 (port 2I:box 1:bay 1, SATA SSD, 960 GB, OK)

               Array: A
                  Status: Failed Physical Drive

                  Logical Drive: 1
                     Fault Tolerance: 1+0
                     Status: Interim Recovery Mode
                     Disk Name: /dev/sda
                     Logical Drive Label: LD-SSD

                  physicaldrive 2I:1:1
                     Status: OK
                     Drive Type: Data Drive

                  physicaldrive 2I:1:2
                     Status: Failed
                     Drive Type: Data Drive

                  physicaldrive 2I:1:3
                     Status: OK
                     Drive Type: Spare Drive

               Unassigned

                  physicaldrive 2I:1:4
                     Status: OK
                     Drive Type: Unassigned Drive
            """u8.ToArray(),
            s_noNames)!;

        var controller = Assert.Single(report.Controllers);
        Assert.Equal(("HPE Smart Array P408i-a SR Gen10", "6.52", "0000:5c:00.0"), (controller.Model, controller.Firmware, controller.PciAddress));
        Assert.Equal(("OK", "Failed (Replace Batteries)", 2L << 30), (controller.State, controller.BatteryState, controller.CacheBytes));
        Assert.Equal(52, Assert.Single(report.Temperatures));
        var raid = Assert.Single(report.Raids);
        Assert.Equal(("sda", "raid10", "degraded", 2, 1, "LD-SSD"), (raid.Name, raid.Level, raid.State, raid.Disks, raid.ActiveDisks, raid.Label));
        Assert.Equal(["2I:1:1 active", "2I:1:2 faulty", "2I:1:3 spare"], raid.Members.Select(member => $"{member.Device} {member.State}"));
    }

    [Fact]
    public void SsaCli_NoController_IsNoReport() =>
        Assert.Null(SsaCli.Parse("Error: No controllers detected. Possible causes: …"u8.ToArray(), s_noNames));

    private static byte[] Captured(string name, string file) => Encoding.UTF8.GetBytes(Fixtures.Text(name, file));
}
