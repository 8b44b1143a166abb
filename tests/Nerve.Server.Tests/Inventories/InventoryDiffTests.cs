using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;
using Nerve.Server.Inventories.Changes;

namespace Nerve.Server.Tests.Inventories;

/// <summary>One fact of a machine changes; what an operator reads of it.</summary>
public sealed class InventoryDiffTests
{
    [Fact]
    public void Between_CapturedMachineWithANarrowLink_IsOneChange()
    {
        var capture = Fixtures.Tree("lact/amd-rx7900xtx");
        var before = Collect(capture);
        var width = Directory.GetFiles(capture.Directory, "current_link_width", SearchOption.AllDirectories).Single();
        var wide = File.ReadAllText(width).Trim();
        File.WriteAllText(width, "8\n");
        var after = Collect(capture);
        File.WriteAllText(width, wide + "\n");

        var change = Assert.Single(InventoryDiff.Between(before, after));

        Assert.Equal(("gpus", "pcieWidth", ChangeKind.Changed, wide, "8"), (change.Section, change.Field, change.Kind, change.Old?.GetRawText(), change.New?.GetRawText()));
        Assert.Equal($"GPU 0 PCIe width {wide} → 8", change.Label);
    }

    [Fact]
    public void Between_CapturedMachineWithOneEmptySlotMore_IsOneChange()
    {
        var before = Collect(Fixtures.Tree("siderolabs-smbios/SuperMicro-Dual-Xeon"));
        var lost = before.Memory.Modules.First(module => module.SizeBytes > 0);
        var after = before with
        {
            Memory = before.Memory with
            {
                Modules = [.. before.Memory.Modules.Select(module => module == lost ? new MemoryModuleInfo { Locator = module.Locator, Bank = module.Bank } : module)],
            },
        };

        var change = Assert.Single(InventoryDiff.Between(before, after));

        Assert.Equal((ChangeKind.Removed, "dimm", lost.Locator), (change.Kind, Assert.Single(change.Elements).Type, change.Elements[0].Name));
        Assert.EndsWith($"{lost.Locator} removed", change.Label, StringComparison.Ordinal);
        Assert.Equal(lost.SizeBytes, change.Old?.GetProperty("sizeBytes").GetInt64());
        Assert.Equal($"{lost.Locator} added", Assert.Single(InventoryDiff.Between(after, before)).Label.Replace("DIMM ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("node_exporter/fixtures")]
    [InlineData("lact/nvidia-rtx4080")]
    [InlineData("siderolabs-smbios/Dell-PowerEdge-R630-Dual-Xeon")]
    public void Between_CapturedMachineAndItself_IsNothing(string name) =>
        Assert.Empty(InventoryDiff.Between(Collect(Fixtures.Tree(name)), Collect(Fixtures.Tree(name))));

    [Fact]
    public void Between_OneGpuGone_LeavesTheOthersAlone()
    {
        var eight = Gpus(Enumerable.Range(0, 8));
        var seven = Gpus(Enumerable.Range(0, 8).Where(index => index != 3));

        var change = Assert.Single(InventoryDiff.Between(eight, seven));

        Assert.Equal(("gpus[GPU-3]", "GPU 3 removed"), (change.Path, change.Label));
    }

    [Fact]
    public void Between_AnotherCardInTheSlot_IsAnotherCard()
    {
        var other = Gpus([0]).Gpus[0] with { Uuid = "GPU-new" };

        Assert.Equal(
            [(ChangeKind.Removed, "GPU-0"), (ChangeKind.Added, "GPU-new")],
            InventoryDiff.Between(Gpus([0]), new Inventory { Gpus = [other] }).Select(change => (change.Kind, change.Elements[0].Id)));
    }

    [Fact]
    public void Between_CardThatNoLongerSaysWhoItIs_IsKnownByItsSlot()
    {
        var lost = Gpus([0, 1]) with { };
        lost = lost with { Gpus = [lost.Gpus[0], lost.Gpus[1] with { Uuid = null, Lost = true }] };

        Assert.Equal(
            ["GPU 1 UUID GPU-1 → unknown", "GPU 1 lost no → yes"],
            InventoryDiff.Between(Gpus([0, 1]), lost).Select(change => change.Label));
    }

    [Fact]
    public void Between_DisksThatSwapNames_FollowsTheSerial()
    {
        var before = new Inventory { Disks = [Disk("sda", "A"), Disk("sdb", "B")] };
        var after = new Inventory { Disks = [Disk("sda", "B"), Disk("sdb", "A")] };

        Assert.Equal(
            [("A", "\"sda\"", "\"sdb\""), ("B", "\"sdb\"", "\"sda\"")],
            InventoryDiff.Between(before, after).Select(change => (change.Elements[0].Id, change.Old?.GetRawText(), change.New?.GetRawText())));
    }

    [Fact]
    public void Between_NamespacesOfOneDisk_AreToldApart()
    {
        var before = new Inventory { Disks = [Disk("nvme0n1", "S"), Disk("nvme0n2", "S")] };
        var after = new Inventory { Disks = [Disk("nvme0n2", "S") with { SizeBytes = 1L << 40 }, Disk("nvme0n1", "S")] };

        Assert.Equal("Disk nvme0n2 size unknown → 1 TiB", Assert.Single(InventoryDiff.Between(before, after)).Label);
    }

    public static TheoryData<Inventory, Inventory, string> Sentences => new()
    {
        { Host(new HostInfo { BootId = "a" }), Host(new HostInfo { BootId = "b" }), "Restarted" },
        { Host(new HostInfo { Kernel = "5.15.0" }), Host(new HostInfo { Kernel = "6.8.0" }), "Host kernel 5.15.0 → 6.8.0" },
        { Host(new HostInfo { Bios = new BiosInfo(null, "1.2", null) }), Host(new HostInfo { Bios = new BiosInfo(null, "1.3", null) }), "Host BIOS version 1.2 → 1.3" },
        { new Inventory { AgentVersion = "1.0" }, new Inventory { AgentVersion = "1.1" }, "Agent version 1.0 → 1.1" },
        { Network(new NetworkInterfaceInfo { Name = "eth0", Addresses = ["10.0.0.2/24"] }), Network(new NetworkInterfaceInfo { Name = "eth0" }), "Interface eth0 address 10.0.0.2/24 removed" },
        { Network(new NetworkInterfaceInfo { Name = "eth0", SpeedMbps = 100000 }), Network(new NetworkInterfaceInfo { Name = "eth0", SpeedMbps = 25000 }), "Interface eth0 speed 100000 Mbit/s → 25000 Mbit/s" },
        { new Inventory { Cpu = new CpuInfo { Flags = ["fpu"] } }, new Inventory { Cpu = new CpuInfo { Flags = ["fpu", "avx512f"] } }, "CPU flag avx512f added" },
        { new Inventory(), new Inventory { Problems = [new CollectionProblem("smartctl", "It is not installed.")] }, "Problem with smartctl: It is not installed." },
        { new Inventory(), new Inventory { Filesystems = [new FilesystemInfo("/dev/sdb1", "/data", "xfs", 1, false)] }, "Filesystem /data added" },
        { Memory("DIMM_A1", 1L << 36), Memory("DIMM_A1", 1L << 35), "DIMM_A1 size 64 GiB → 32 GiB" },
        { Gpus([2]), new Inventory { Gpus = [Gpus([2]).Gpus[0] with { PowerLimitWatts = 500 }] }, "GPU 2 power limit unknown → 500 W" },
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Label_OneFactChanged_ReadsAsASentence(Inventory before, Inventory after, string sentence) =>
        Assert.Equal(sentence, Assert.Single(InventoryDiff.Between(before, after)).Label);

    [Fact]
    public void Between_ReadingsOnly_IsNothing() => Assert.Empty(InventoryDiff.Between(
        Host(new HostInfo { BootedAt = DateTimeOffset.UnixEpoch }),
        new Inventory { CollectedAt = DateTimeOffset.UnixEpoch, Network = [new NetworkInterfaceInfo { Name = "veth1", Type = "veth" }] }));

    private static Inventory Collect(HostRoot root) => new InventoryCollector(root, TimeProvider.System, "1.0.0").Collect();

    private static Inventory Gpus(IEnumerable<int> slots) => new()
    {
        Gpus = [.. slots.Select((slot, index) => new GpuInfo { Index = slots.Count() == 1 ? slot : index, Uuid = $"GPU-{slot}", PciAddress = $"0000:{slot}b:00.0", PcieWidth = 16 })],
    };

    private static Inventory Host(HostInfo host) => new() { Host = host };

    private static Inventory Network(NetworkInterfaceInfo card) => new() { Network = [card] };

    private static Inventory Memory(string locator, long size) => new() { Memory = new MemoryInfo { Modules = [new MemoryModuleInfo { Locator = locator, SizeBytes = size }] } };

    private static DiskInfo Disk(string name, string serial) => new() { Name = name, Serial = serial };
}
