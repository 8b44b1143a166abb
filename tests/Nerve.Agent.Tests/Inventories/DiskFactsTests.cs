using System.Text.Json;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class DiskFactsTests
{
    [Theory]
    [InlineData("util-linux-lsblk/simple-lvm")]
    [InlineData("util-linux-lsblk/simple-nvme")]
    public void Collect_CapturedMachine_IsAsLsblkShowsIt(string name)
    {
        var disks = Machines.Collect(Fixtures.Tree(name)).Disks;
        using var lsblk = JsonDocument.Parse(Fixtures.Text(name, "oracle-lsblk-2.38.1.json"));
        var expected = lsblk.RootElement.GetProperty("blockdevices").EnumerateArray().Where(disk => Text(disk, "type") == "disk").ToList();

        Assert.Equal(expected.Select(disk => Text(disk, "name")).Order(), disks.Select(disk => disk.Name).Order());
        foreach (var disk in disks)
        {
            var row = expected.Single(row => Text(row, "name") == disk.Name);
            Assert.Equal(row.GetProperty("size").GetInt64(), disk.SizeBytes);
            Assert.Equal(row.GetProperty("rota").GetBoolean(), disk.Rotational);
            Assert.Equal(Text(row, "model")?.Trim(), disk.Model);
            Assert.Equal(disk.Name.StartsWith("nvme") ? "nvme" : "sata", disk.Transport);
            Assert.Equal(Text(row, "rev")?.Trim() ?? disk.Firmware, disk.Firmware);
            Assert.Equal(Text(row, "serial")?.Trim() ?? disk.Serial, disk.Serial);
        }
    }

    [Fact]
    public void Collect_SerialKnownToUdevOnly_IsAsHwlocShowsIt()
    {
        var disk = Assert.Single(Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Disks, disk => disk.Name == "sda");

        Assert.Equal(("MTFDDAK256MAM-1K12", "14090C05022B", "08TH"), (disk.Model, disk.Serial, disk.Firmware));
        Assert.Equal(244198584L * 1024, disk.SizeBytes);
        Assert.Equal("0x500a07510c05022b", disk.Wwn);
    }

    [Theory]
    [InlineData("loop0")]
    [InlineData("dm-3")]
    [InlineData("md127")]
    [InlineData("md_d0")]
    [InlineData("zram0")]
    [InlineData("sr0")]
    [InlineData("mmcblk0boot0")]
    public void Collect_LayersAndReaders_AreNoDisks(string name)
    {
        using var tree = new TemporaryTree();
        tree.Write($"/sys/block/{name}/size", "2048\n").Write("/sys/block/sdx/size", "2048\n").Write("/sys/block/sdempty/size", "0\n")
            .Write("/sys/block/nvme0c0n1/size", "2048\n").Write("/sys/block/nvme0c0n1/hidden", "1\n");

        Assert.Equal(new DiskInfo { Name = "sdx", SizeBytes = 1 << 20 }, Assert.Single(Machines.Collect(tree.Root).Disks));
    }

    [Fact]
    public void Collect_ScsiSerialPage_IsRead()
    {
        using var tree = new TemporaryTree();
        // Device type, page code, and the length in two bytes, which are not text.
        tree.Write("/sys/block/sda/size", "8\n").Write("/sys/block/sda/device/vpd_pg80", "\u0000\u0040\u0000\u000a   Z1Z0ABC");

        Assert.Equal("Z1Z0ABC", Assert.Single(Machines.Collect(tree.Root).Disks).Serial);
    }

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
}
