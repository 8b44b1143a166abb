using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Inventories;

public class MemoryFactsTests
{
    [Fact]
    public void Collect_NodeExporterTree_HasItsTotal() =>
        // node_memory_MemTotal_bytes of its end-to-end output.
        Assert.Equal(3831959552, Machines.Collect(Fixtures.Tree("node_exporter/fixtures")).Memory.TotalBytes);

    [Fact]
    public void Collect_TelegrafHugepages_HasItsPools() => Assert.Equal(
        [new HugepagesInfo(2 << 20, 2048, 883), new HugepagesInfo(1 << 30, 8, 0)],
        Machines.Collect(Fixtures.Tree("telegraf-hugepages/valid")).Memory.Hugepages);

    [Fact]
    public void Collect_DamagedFile_IsUnknown()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/meminfo", "MemTotal:\nSwapTotal: many kB\n");

        var memory = Machines.Collect(tree.Root).Memory;

        Assert.Equal((null, null), (memory.TotalBytes, memory.SwapBytes));
    }
}
