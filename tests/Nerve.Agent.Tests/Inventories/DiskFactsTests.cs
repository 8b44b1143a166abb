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
            Assert.Equal((row.GetProperty("ro").GetBoolean(), row.GetProperty("rm").GetBoolean()), (disk.ReadOnly, disk.Removable));
            Assert.Equal((row.GetProperty("log-sec").GetInt32(), row.GetProperty("phy-sec").GetInt32()), (disk.LogicalSectorBytes, disk.PhysicalSectorBytes));
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

    [Fact]
    public void Collect_DellServer_HasTheDisksOfHwloc()
    {
        var disks = Machines.Collect(Fixtures.Tree("hwloc/32em64t-2n8c_dax_nvme_mic_dimms")).Disks.ToDictionary(disk => disk.Name);
        var expected = System.Xml.Linq.XDocument.Parse(Fixtures.Text("hwloc/32em64t-2n8c_dax_nvme_mic_dimms", "*.xml")).Descendants("object")
            // Persistent memory without a block device is none.
            .Where(item => item.Attribute("osdev_type")?.Value is "1" && item.Attribute("name") is not null)
            .ToDictionary(item => item.Attribute("name")!.Value, item => item.Elements("info").ToDictionary(info => info.Attribute("name")!.Value, info => info.Attribute("value")!.Value));

        Assert.Equal(expected.Keys.Order(), disks.Keys.Order());
        foreach (var (name, info) in expected)
        {
            Assert.Equal(info["Size"], $"{disks[name].SizeBytes / 1024}KiB");
            Assert.Equal(info["SectorSize"], $"{disks[name].LogicalSectorBytes}");
        }

        Assert.Equal(("nvme", "nvdimm"), (disks["nvme0n1"].Transport, disks["pmem0.3"].Transport));
    }

    [Fact]
    public void Collect_AppleNvme_HasEachNamespaceOnce()
    {
        var disks = Machines.Collect(Fixtures.Tree("libnvme/tree-apple-nvme")).Disks;
        using var expected = JsonDocument.Parse(Fixtures.Text("libnvme/tree-apple-nvme", "nvme-tree.json"));
        var names = expected.RootElement.GetProperty("hosts")[0].GetProperty("subsystems")[0].GetProperty("namespaces").EnumerateArray().Select(space => Text(space, "name"));

        Assert.Equal(names, disks.Select(disk => disk.Name));
        Assert.All(disks, disk => Assert.Equal(("nvme", "APPLE SSD AP2048Z", "0ba01e49841cc620"), (disk.Transport, disk.Model, disk.Serial)));
        Assert.All(disks, disk => Assert.Empty(disk.Paths));
    }

    [Fact]
    public void Collect_NvmeOverFabrics_IsOneDiskWithFourWays()
    {
        // As node_exporter's tests say of the fixture: three of four ways are live.
        var disk = Assert.Single(Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Disks, disk => disk.Name == "nvme0n1");

        Assert.Equal([("nvme0", "live"), ("nvme1", "live"), ("nvme2", "live"), ("nvme3", "dead")], disk.Paths.Select(path => (path.Name, path.State!)));
    }

    [Fact]
    public void Collect_MapperMultipath_IsOneDisk()
    {
        using var tree = new TemporaryTree();
        foreach (var path in new[] { "sda", "sdb" })
        {
            tree.Write($"/sys/block/{path}/size", "4096\n").Write($"/sys/block/{path}/device/model", "DGC VRAID\n").Write($"/sys/block/{path}/device/state", path == "sda" ? "running\n" : "offline\n")
                .Write($"/sys/block/{path}/device/wwid", "naa.60060160a1b2c3d4\n").Write($"/sys/block/dm-0/slaves/{path}/dev", "8:0\n");
        }

        tree.Write("/sys/block/dm-0/size", "4096\n").Write("/sys/block/dm-0/dm/uuid", "mpath-360060160a1b2c3d4\n").Write("/sys/block/dm-0/dm/name", "mpatha\n")
            .Write("/sys/block/dm-1/size", "2048\n").Write("/sys/block/dm-1/dm/uuid", "LVM-abc\n").Write("/sys/block/dm-1/dm/name", "vg-root\n").Write("/sys/block/dm-1/slaves/dm-0/dev", "253:0\n");
        var inventory = Machines.Collect(tree.Root);

        var disk = Assert.Single(inventory.Disks);
        Assert.Equal(("dm-0", "mpatha", "DGC VRAID", "0x60060160a1b2c3d4"), (disk.Name, disk.Alias, disk.Model, disk.Wwn));
        Assert.Equal([("sda", "running"), ("sdb", "offline")], disk.Paths.Select(path => (path.Name, path.State!)));
        Assert.Equal([("mpatha", "multipath"), ("vg-root", "lvm")], inventory.Volumes.Select(volume => (volume.Name, volume.Kind!)));
        Assert.Equal(["dm-0"], inventory.Volumes[1].Devices);
    }

    [Fact]
    public void Collect_LogicalVolume_IsAsLsblkShowsIt()
    {
        // lsblk: "vg_foo.4059-lv_foo.4059 dm-0 253:0 0 32M lvm" on four loop devices.
        var volume = Assert.Single(Machines.Collect(Fixtures.Tree("util-linux-lsblk/simple-lvm")).Volumes);

        Assert.Equal(("vg_foo.4059-lv_foo.4059", "dm-0", "lvm", 32L << 20), (volume.Name, volume.Device, volume.Kind, volume.SizeBytes));
        Assert.Equal(["loop0", "loop1", "loop2", "loop3"], volume.Devices);
    }

    [Fact]
    public void Collect_SataWithoutUdev_HasTheWholeModel()
    {
        var page = new byte[572];
        (page[1], page[2], page[3]) = (0x89, 0x02, 0x38);
        Swapped(page, 60 + 54, "SAMSUNG MZ7LH3T8HMLT-00005".PadRight(40));
        Swapped(page, 60 + 20, "      S455NY0M400123");
        Swapped(page, 60 + 46, "HXT7904Q");
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", "8\n").Write("/sys/block/sda/device/vendor", "ATA     \n").Write("/sys/block/sda/device/model", "SAMSUNG MZ7LH3T8\n").Write("/sys/block/sda/device/rev", "904Q\n");
        File.WriteAllBytes(tree.Directory + "/sys/block/sda/device/vpd_pg89", page);

        var disk = Assert.Single(Machines.Collect(tree.Root).Disks);

        Assert.Equal(("SAMSUNG MZ7LH3T8HMLT-00005", "S455NY0M400123", "HXT7904Q", null), (disk.Model, disk.Serial, disk.Firmware, disk.Vendor));
    }

    private static void Swapped(byte[] page, int offset, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            page[offset + (i ^ 1)] = (byte)text[i];
        }
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

        Assert.Equivalent(new DiskInfo { Name = "sdx", SizeBytes = 1 << 20 }, Assert.Single(Machines.Collect(tree.Root).Disks), strict: true);
    }

    [Fact]
    public void Collect_ScsiSerialPage_IsRead()
    {
        using var tree = new TemporaryTree();
        // Device type, page code, and the length in two bytes, which are not text.
        tree.Write("/sys/block/sda/size", "8\n").Write("/sys/block/sda/device/vpd_pg80", "");
        File.WriteAllBytes(tree.Directory + "/sys/block/sda/device/vpd_pg80", [0, 0x80, 0, 10, .. "   Z1Z0ABC"u8]);

        Assert.Equal("Z1Z0ABC", Assert.Single(Machines.Collect(tree.Root).Disks).Serial);
    }

    [Fact]
    public void Collect_FileWithoutEnd_HidesNoOtherDisk()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", new string('9', 9 << 20)).Write("/sys/block/sdb/size", "8\n").Write("/sys/block/sdb/hidden", new string('0', 9 << 20));

        var inventory = Machines.Collect(tree.Root);

        Assert.Equal([("sda", null), ("sdb", 4096L)], inventory.Disks.Select(disk => (disk.Name, disk.SizeBytes)));
        Assert.Equal(["/sys/block/sda/size"], inventory.Problems.Select(problem => problem.Source).Where(source => source.StartsWith("/sys/block", StringComparison.Ordinal)));
    }

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();
}
