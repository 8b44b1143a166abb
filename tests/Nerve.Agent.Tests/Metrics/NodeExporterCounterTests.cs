using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Metrics;

/// <summary>Counters that grow within 1000 seconds from zero to what they are on node_exporter's test machine grow at a thousandth of what
/// node_exporter printed of it.</summary>
public sealed partial class NodeExporterCounterTests : IDisposable
{
    private const int Seconds = 1000;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 8, 15, 30, TimeSpan.Zero));
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void KernelCounters_GrowAsNodeExporterCountsThem() => AssertRates(
        ["/proc/stat", "/proc/vmstat", "/proc/net/snmp", "/proc/net/netstat"],
        ("cpu.context_switches_per_second", "node_context_switches_total"),
        ("processes.forks_per_second", "node_forks_total"),
        ("memory.major_faults_per_second", "node_vmstat_pgmajfault"),
        ("tcp.segments_sent_per_second", "node_netstat_Tcp_OutSegs"),
        ("tcp.retransmits_per_second", "node_netstat_Tcp_RetransSegs"),
        ("tcp.listen_drops_per_second", "node_netstat_TcpExt_ListenDrops"),
        ("udp.receive_per_second", "node_netstat_Udp_InDatagrams"),
        ("udp.receive_errors_per_second", "node_netstat_Udp_InErrors"));

    [Fact]
    public void Pressure_IsTheShareOfTheTimeThatNodeExporterCounts()
    {
        var sample = Grow("/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory");

        foreach (var (series, seconds) in new[]
        {
            ("pressure.cpu_some_percent", "node_pressure_cpu_waiting_seconds_total"),
            ("pressure.io_some_percent", "node_pressure_io_waiting_seconds_total"),
            ("pressure.io_full_percent", "node_pressure_io_stalled_seconds_total"),
            ("pressure.memory_some_percent", "node_pressure_memory_waiting_seconds_total"),
            ("pressure.memory_full_percent", "node_pressure_memory_stalled_seconds_total"),
        })
        {
            Assert.Equal(NodeExporterOutput.Value(seconds) * 100 / Seconds, sample[series]!.Value, 3);
        }
    }

    [Fact]
    public void NumaCounters_GrowAsNodeExporterCountsThem() => AssertRates(
        [.. Enumerable.Range(0, 3).Select(node => $"/sys/devices/system/node/node{node}/numastat")],
        [
            .. Enumerable.Range(0, 3).SelectMany(node => new[]
            {
                ($"numa.misses_per_second{{node=\"{node}\"}}", $"node_memory_numa_numa_miss_total{{node=\"{node}\"}}"),
                ($"numa.foreign_per_second{{node=\"{node}\"}}", $"node_memory_numa_numa_foreign_total{{node=\"{node}\"}}"),
            }),
        ]);

    [Fact]
    public void InfinibandCounters_GrowAsNodeExporterCountsThem()
    {
        const string Port = "/sys/class/infiniband/mlx4_0/ports/1";
        const string Ours = "{device=\"mlx4_0\",port=\"1\"}";
        string[] counters =
            ["port_rcv_data", "port_xmit_data", "port_rcv_packets", "port_xmit_packets", "port_xmit_wait", "port_xmit_discards", "port_rcv_errors", "link_downed"];
        static string Error(string kind) => $"infiniband.errors_per_second{{device=\"mlx4_0\",port=\"1\",kind=\"{kind}\"}}";

        AssertRates(
            [.. counters.Select(counter => $"{Port}/counters/{counter}")],
            ("infiniband.receive_bytes_per_second" + Ours, "node_infiniband_port_data_received_bytes_total" + Ours),
            ("infiniband.transmit_bytes_per_second" + Ours, "node_infiniband_port_data_transmitted_bytes_total" + Ours),
            ("infiniband.receive_packets_per_second" + Ours, "node_infiniband_port_packets_received_total" + Ours),
            ("infiniband.transmit_packets_per_second" + Ours, "node_infiniband_port_packets_transmitted_total" + Ours),
            ("infiniband.transmit_wait_per_second" + Ours, "node_infiniband_port_transmit_wait_total" + Ours),
            (Error("port_xmit_discards"), "node_infiniband_port_discards_transmitted_total" + Ours),
            (Error("port_rcv_errors"), "node_infiniband_port_errors_received_total" + Ours),
            (Error("link_downed"), "node_infiniband_link_downed_total" + Ours));
    }

    [Fact]
    public void InfinibandPorts_AreUpWhereNodeExporterSaysActive()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        foreach (var port in new[] { "{device=\"i40iw0\",port=\"1\"}", "{device=\"mlx4_0\",port=\"1\"}", "{device=\"mlx4_0\",port=\"2\"}" })
        {
            Assert.Equal(NodeExporterOutput.Value("node_infiniband_state_id" + port) == 4 ? 1 : 0, sample["infiniband.link_up" + port]);
        }
    }

    [Fact]
    public void EnergyCounter_IsThePowerOfThePackage()
    {
        const string Zone = "/sys/class/powercap/intel-rapl:0";
        var whole = Fixtures.Tree(NodeExporterOutput.Case);
        _tree.Write(Zone + "/name", whole.ReadText(Zone + "/name")!);

        var sample = Grow(Zone + "/energy_uj");

        var joules = NodeExporterOutput.Value("node_rapl_package_joules_total{index=\"0\",path=\"collector/fixtures/sys/class/powercap/intel-rapl:0\"}");
        Assert.Equal(joules / Seconds, Assert.Single(sample.Schema.Series.Where(name => name.StartsWith("cpu.power_watts")).Select(name => sample[name]))!.Value, 3);
    }

    [Fact]
    public void DiskTimes_AreLatencyAndQueueOfWhatNodeExporterCounts()
    {
        string[] disks = ["sda", "nvme0n1", "vda"];
        foreach (var disk in disks)
        {
            _tree.Write($"/sys/block/{disk}/size", "2048\n");
        }

        var sample = Grow("/proc/diskstats");

        foreach (var disk in disks)
        {
            double Counted(string metric) => NodeExporterOutput.Value($"node_disk_{metric}{{device=\"{disk}\"}}");
            double Ours(string metric) => sample[$"disk.{metric}{{disk=\"{disk}\"}}"]!.Value;
            Assert.Equal(Counted("read_time_seconds_total") * 1000 / Counted("reads_completed_total"), Ours("read_latency_milliseconds"), 3);
            Assert.Equal(Counted("write_time_seconds_total") * 1000 / Counted("writes_completed_total"), Ours("write_latency_milliseconds"), 3);
            Assert.Equal(Counted("io_time_weighted_seconds_total") / Seconds, Ours("queue_length"), 3);
        }
    }

    [Fact]
    public void Arrays_AllOfThem_HaveTheFailedDisksThatNodeExporterFinds()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        var arrays = NodeExporterOutput.Labels("node_md_disks", "device").ToHashSet();
        Assert.NotEmpty(arrays);
        Assert.All(arrays, array => Assert.Equal(
            NodeExporterOutput.Value($"node_md_disks{{device=\"{array}\",state=\"failed\"}}"), sample[$"raid.failed_disks{{raid=\"{array}\"}}"]));
    }

    private void AssertRates(string[] files, params (string Series, string Counter)[] pairs)
    {
        var sample = Grow(files);
        Assert.All(pairs, pair => Assert.Equal(NodeExporterOutput.Value(pair.Counter) / Seconds, sample[pair.Series]!.Value, 3));
    }

    private Sample Grow(params string[] files)
    {
        var whole = Fixtures.Tree(NodeExporterOutput.Case);
        foreach (var file in files)
        {
            _tree.Write(file, Counts().Replace(whole.ReadText(file)!, "0"));
        }

        var sampler = new MetricSampler(_tree.Root, _time);
        sampler.Sample();
        foreach (var file in files)
        {
            _tree.Write(file, whole.ReadText(file)!);
        }

        _time.Advance(TimeSpan.FromSeconds(Seconds));
        return sampler.Sample();
    }

    [GeneratedRegex(@"(?<=^|[\s=])\d+(?=\s|$)")]
    private static partial Regex Counts();
}
