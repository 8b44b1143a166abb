using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Tests.Metrics;

public class MetricSamplerTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 8, 15, 30, TimeSpan.Zero));

    [Fact]
    public void Sample_NodeExporterTree_HasItsGauges()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        Assert.Equal(NodeExporterOutput.Value("node_load1"), sample["load.1m"]);
        Assert.Equal(NodeExporterOutput.Value("node_load5"), sample["load.5m"]);
        Assert.Equal(NodeExporterOutput.Value("node_load15"), sample["load.15m"]);
        Assert.Equal(NodeExporterOutput.Value("node_memory_MemTotal_bytes"), sample["memory.total_bytes"]);
        Assert.Equal(NodeExporterOutput.Value("node_filefd_allocated"), sample["file_handles.used"]);
        // This kernel is too old to say what is available, and it is not guessed.
        Assert.Null(sample["memory.used_bytes"]);
        Assert.Null(sample["memory.used_percent"]);
    }

    [Fact]
    public void Sample_FirstOne_HasNoRates()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        Assert.Contains("cpu.used_percent", sample.Schema.Series);
        Assert.Contains("disk.busy_percent{disk=\"sda\"}", sample.Schema.Series);
        Assert.All(
            sample.Schema.Series.Where(name => name.Contains("per_second") || name.StartsWith("cpu.") || name.StartsWith("disk.") || name.StartsWith("pressure.")),
            name => Assert.Null(sample[name]));
    }

    [Fact]
    public void Sample_DiskCounters_GrowAsNodeExporterCountsThem()
    {
        using var tree = new TemporaryTree();
        foreach (var disk in new[] { "sda", "nvme0n1", "vda", "mmcblk0" })
        {
            tree.Write($"/sys/block/{disk}/size", "2048\n");
        }

        var sampler = Sampler(tree);
        var diskstats = Fixtures.Tree(NodeExporterOutput.Case).ReadText("/proc/diskstats")!;
        tree.Write("/proc/diskstats", Zeroed(diskstats));
        sampler.Sample();
        tree.Write("/proc/diskstats", diskstats);
        _time.Advance(s_second);
        var sample = sampler.Sample();

        foreach (var disk in new[] { "sda", "nvme0n1", "vda", "mmcblk0" })
        {
            Assert.Equal(NodeExporterOutput.Value($"node_disk_read_bytes_total{{device=\"{disk}\"}}"), sample[$"disk.read_bytes_per_second{{disk=\"{disk}\"}}"]);
            Assert.Equal(NodeExporterOutput.Value($"node_disk_written_bytes_total{{device=\"{disk}\"}}"), sample[$"disk.write_bytes_per_second{{disk=\"{disk}\"}}"]);
            Assert.Equal(NodeExporterOutput.Value($"node_disk_reads_completed_total{{device=\"{disk}\"}}"), sample[$"disk.reads_per_second{{disk=\"{disk}\"}}"]);
            Assert.Equal(NodeExporterOutput.Value($"node_disk_writes_completed_total{{device=\"{disk}\"}}"), sample[$"disk.writes_per_second{{disk=\"{disk}\"}}"]);
            var busy = NodeExporterOutput.Value($"node_disk_io_time_seconds_total{{device=\"{disk}\"}}");
            Assert.Equal(Math.Min(busy * 100, 100), sample[$"disk.busy_percent{{disk=\"{disk}\"}}"]!.Value, 3);
        }

        // Partitions, layers and disks that the machine does not have are left out.
        Assert.Equal(4, sample.Schema.Series.Count(name => name.StartsWith("disk.busy_percent")));
    }

    [Fact]
    public void Sample_CpuTime_IsSharedOut()
    {
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/stat", "cpu  1000 0 500 8000 100 0 0 0 0 0\n"));
        sampler.Sample();
        _time.Advance(s_second);
        // 200 ticks: user 30, nice 10, system 20, softirq 10, idle 100, iowait 20, steal 10.
        var sample = Sampled(sampler, tree.Write("/proc/stat", "cpu  1030 10 520 8100 120 0 10 10 0 0\n"));

        Assert.Equal((40.0, 20.0, 15.0, 10.0, 5.0), (
            sample["cpu.used_percent"], sample["cpu.user_percent"], sample["cpu.system_percent"], sample["cpu.iowait_percent"], sample["cpu.steal_percent"]));
    }

    [Fact]
    public void Sample_Memory_IsWhatProgramsCannotHave()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     400 kB\nSwapTotal:      0 kB\nSwapFree:       0 kB\n");

        var sample = Sampler(tree).Sample();

        Assert.Equal((600 * 1024.0, 60.0, 400 * 1024.0), (sample["memory.used_bytes"], sample["memory.used_percent"], sample["memory.available_bytes"]));
        Assert.Equal((0.0, null), (sample["swap.used_bytes"], sample["swap.used_percent"]));
    }

    [Fact]
    public void Sample_Pressure_IsTheShareOfTheIntervalSomeTaskWaited()
    {
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/pressure/io", "some avg10=0.18 avg60=0.34 avg300=0.10 total=1000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
        sampler.Sample();
        _time.Advance(10 * s_second);
        tree.Write("/proc/pressure/io", "some avg10=0.18 avg60=0.34 avg300=0.10 total=3500000\n");

        // 2.5 of 10 seconds.
        Assert.Equal(25, sampler.Sample()["pressure.io_some_percent"]);
    }

    [Fact]
    public void Sample_NetworkCounters_GrowPerSecondAndNotForTheLoopback()
    {
        const string Header = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/net/dev", Header + "    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n  eth0: 1000 10 1 2 0 0 0 0 500 5 3 4 0 0 0 0\n"));
        sampler.Sample();
        _time.Advance(10 * s_second);
        var sample = Sampled(sampler, tree.Write("/proc/net/dev", Header + "    lo: 19 9 9 9 0 0 0 0 19 9 9 9 0 0 0 0\n  eth0:2000 20 3 2 0 0 0 0 700 7 6 14 0 0 0 0\n"));

        Assert.Equal(100, sample["network.receive_bytes_per_second{interface=\"eth0\"}"]);
        Assert.Equal(20, sample["network.transmit_bytes_per_second{interface=\"eth0\"}"]);
        Assert.Equal(0.5, sample["network.errors_per_second{interface=\"eth0\"}"]);
        Assert.Equal(1, sample["network.drops_per_second{interface=\"eth0\"}"]);
        Assert.DoesNotContain(sample.Schema.Series, name => name.Contains("\"lo\""));
    }

    [Fact]
    public void Sample_DeviceGoneAndBack_StartsAnew()
    {
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/net/dev", "eth0: 1000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
        sampler.Sample();
        _time.Advance(s_second);
        var without = Sampled(sampler, tree.Write("/proc/net/dev", ""));
        _time.Advance(s_second);
        var back = Sampled(sampler, tree.Write("/proc/net/dev", "eth0: 5000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));

        Assert.DoesNotContain("network.receive_bytes_per_second{interface=\"eth0\"}", without.Schema.Series);
        Assert.Contains("network.receive_bytes_per_second{interface=\"eth0\"}", back.Schema.Series);
        Assert.Null(back["network.receive_bytes_per_second{interface=\"eth0\"}"]);
    }

    [Fact]
    public void Sample_SameNames_KeepsTheSchema()
    {
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/net/dev", "eth0: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
        var first = sampler.Sample();
        var second = sampler.Sample();
        var third = Sampled(sampler, tree.Write("/proc/net/dev", "eth1: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));

        Assert.Same(first.Schema, second.Schema);
        Assert.NotEqual(first.Schema.Id, third.Schema.Id);
        Assert.Equal(MetricSchema.IdOf(third.Schema.Series), third.ToMessage().Schema);
        Assert.Equal(third.Schema.Series.Count, third.ToMessage().Values.Count);
        Assert.Equal(_time.GetUtcNow(), third.ToMessage().At);
    }

    [Fact]
    public void Sample_ManyInterfaces_StaysWithinTheProtocolAndSaysWhatIsLeftOut()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/net/dev", string.Join('\n', Enumerable.Range(0, 3000).Select(i => $"card{i}: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0")));

        var sampler = Sampler(tree);
        var sample = sampler.Sample();

        Assert.Equal(MetricSchema.MaxSeries, sample.Schema.Series.Count);
        Assert.Equal(3000 * 6, sample.Schema.Series.Count(name => name.StartsWith("network.")) + LeftOut(sample));
        Assert.Contains($"{LeftOut(sample)} series", Assert.Single(sampler.Problems).Reason);
    }

    /// <summary>There are as many disks and interfaces as somebody plugs in.</summary>
    [Fact]
    public void Sample_ManyInterfaces_LeaveRoomForTheMachineItself()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/net/dev", string.Join('\n', Enumerable.Range(0, 3000).Select(i => $"card{i}: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0")))
            .Write("/proc/uptime", "7.00 1.00\n").Write("/proc/mdstat", "md0 : active raid1 sda1[0] sdb1[1]\n      1 blocks [2/2] [UU]\n")
            .Write("/dev/kmsg", "4,1,1,-;NVRM: Xid (PCI:0000:43:00): 79, pid=1, GPU has fallen off the bus.\n");

        var sample = Sampler(tree).Sample();

        Assert.Equal((7, 1, 1), (sample["uptime.seconds"], sample["raid.active{raid=\"md0\"}"], sample["gpu.xid_total{gpu=\"0000:43:00.0\",xid=\"79\"}"]));
    }

    [Theory]
    [InlineData(MetricSchema.MaxSeries, 0)]
    [InlineData(MetricSchema.MaxSeries + 1, 2)]
    public void Builder_AtTheLimit_LeavesOutOnlyWhatItMust(int series, int leftOut)
    {
        var builder = new SampleBuilder(_time);
        builder.Begin();
        for (var i = 0; i < series; i++)
        {
            builder.Add($"s{i}", i);
        }

        var sample = builder.End(default);

        Assert.Equal(MetricSchema.MaxSeries, sample.Schema.Series.Count);
        Assert.Equal(leftOut, LeftOut(sample));
    }

    /// <summary>What a probe had to leave out comes as one of its series.</summary>
    [Fact]
    public void Builder_SeriesLeftOutBefore_AreCountedWithItsOwn()
    {
        var builder = new SampleBuilder(_time);
        builder.Begin();
        builder.Add("agent.series_left_out", 5);
        builder.Add("agent.series_left_out", null);
        builder.Add(new string('x', MetricSchema.MaxNameLength + 1), 1);

        var sample = builder.End(default);

        Assert.Equal(["agent.series_left_out"], sample.Schema.Series);
        Assert.Equal([6], sample.Values);
    }

    /// <summary>On the host's side they have names that no other container will have.</summary>
    [Fact]
    public void Sample_InterfacesOfContainers_ComeAndGoWithoutSeries()
    {
        const string Card = "eth0: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
        using var tree = new TemporaryTree();
        Interface(tree, "eth0", 2, 2).Write("/sys/class/net/eth0/device/vendor", "0x8086\n").Write("/proc/net/dev", Card);
        var sampler = Sampler(tree);
        var first = sampler.Sample();

        Interface(tree, "vethf3a1b2c", 31, 2).Write("/proc/net/dev", Card + "vethf3a1b2c: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
        var with = sampler.Sample();
        Interface(tree, "cali7b5c0e11d9a", 32, 3).Write("/proc/net/dev", Card + "cali7b5c0e11d9a: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
        var another = sampler.Sample();

        Assert.Contains("network.receive_bytes_per_second{interface=\"eth0\"}", first.Schema.Series);
        Assert.Same(first.Schema, with.Schema);
        Assert.Same(first.Schema, another.Schema);
    }

    [Fact]
    public void Sample_InterfacesOverOthers_KeepTheirSeries()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "eth0.7", 5, 2).Link("/sys/class/net/eth0.7/lower_eth0", "../eth0")
            .Write("/proc/net/dev", "eth0.7: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");

        Assert.Contains("network.receive_bytes_per_second{interface=\"eth0.7\"}", Sampler(tree).Sample().Schema.Series);
    }

    /// <summary>There it is the way out.</summary>
    [Fact]
    public void Sample_InterfaceOfTheContainerItself_HasItsSeries()
    {
        using var tree = new TemporaryTree();
        Interface(tree, "eth0", 2, 31).Write("/.dockerenv", "").Write("/proc/net/dev", "eth0: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");

        Assert.Contains("network.receive_bytes_per_second{interface=\"eth0\"}", Sampler(tree).Sample().Schema.Series);
    }

    [Fact]
    public void Sample_EmptyTree_IsAllUnknown()
    {
        using var tree = new TemporaryTree();

        Assert.All(Sampler(tree).Sample().Values, value => Assert.Null(value));
    }

    [Fact]
    public void Sample_RunningMachine_HasWhatTheRuntimeSees()
    {
        var sample = new MetricSampler(new HostRoot("/"), TimeProvider.System).Sample();
        var drive = new DriveInfo("/");

        Assert.InRange(sample["uptime.seconds"]!.Value, 0, Environment.TickCount64 / 1000.0 + 60);
        Assert.True(sample["processes.total"] >= 1);
        Assert.InRange(sample["filesystem.used_bytes{mount=\"/\"}"]!.Value, 0, drive.TotalSize);
        Assert.InRange(sample["memory.used_percent"]!.Value, 0, 100);
    }

    [Fact]
    public async Task Run_CapturedTree_PrintsOneSample()
    {
        using var output = new StringWriter();

        Assert.Equal(0, await MetricsCommand.RunAsync(Fixtures.Tree(NodeExporterOutput.Case), _time, output, TestContext.Current.CancellationToken));

        using var json = JsonDocument.Parse(output.ToString());
        Assert.Equal("2026-01-31T08:15:30.000Z", json.RootElement.GetProperty("at").GetString());
        Assert.Equal(0.21, json.RootElement.GetProperty("values").GetProperty("load.1m").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("values").GetProperty("disk.busy_percent{disk=\"sda\"}").ValueKind);
    }

    [Theory]
    [InlineData("/", "filesystem.used_percent{mount=\"/\"}")]
    [InlineData("/a\"b\\c\nd", "filesystem.used_percent{mount=\"/a\\\"b\\\\c\\nd\"}")]
    [InlineData("/mnt\r", "filesystem.used_percent{mount=\"/mnt\\u000d\"}")]
    [InlineData("/tab\there\u0085", "filesystem.used_percent{mount=\"/tab\\u0009here\\u0085\"}")]
    public void SeriesName_LabelValue_IsEscaped(string mount, string expected) =>
        Assert.Equal(expected, SeriesName.Of("filesystem.used_percent", "mount", mount));

    [Fact]
    public void Sample_AnyFiles_NeverHasProblems() => Gen.Char["cpu some total=0123456789.-: \n"].Array.Sample(
        letters =>
        {
            using var tree = new TemporaryTree();
            var text = new string(letters);
            foreach (var path in new[] { "/proc/stat", "/proc/loadavg", "/proc/meminfo", "/proc/diskstats", "/proc/net/dev", "/proc/uptime", "/proc/pressure/cpu" })
            {
                tree.Write(path, text);
            }

            var sampler = Sampler(tree);
            sampler.Sample();
            _time.Advance(s_second);
            Assert.All(sampler.Sample().Values, value => Assert.False(value < 0 && !text.Contains('-')));
            Assert.Empty(sampler.Problems);
        },
        iter: 50,
        threads: 1);

    private static Sample Sampled(MetricSampler sampler, TemporaryTree _) => sampler.Sample();

    private static string Zeroed(string diskstats) =>
        string.Join('\n', diskstats.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 3)
            .Select(words => $"{words[0]} {words[1]} {words[2]} 0 0 0 0 0 0 0 0 0 0 0"));

    private static TemporaryTree Interface(TemporaryTree tree, string name, int index, int link) => tree
        .Write($"/sys/class/net/{name}/type", "1\n").Write($"/sys/class/net/{name}/ifindex", $"{index}\n").Write($"/sys/class/net/{name}/iflink", $"{link}\n");

    private static double LeftOut(Sample sample) => sample.Schema.Series.Contains("agent.series_left_out") ? sample["agent.series_left_out"]!.Value : 0;

    private MetricSampler Sampler(TemporaryTree tree) => new(tree.Root, _time);
}
