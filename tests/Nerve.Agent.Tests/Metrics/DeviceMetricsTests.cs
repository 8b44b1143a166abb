using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Metrics;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Metrics;

public class DeviceMetricsTests
{
    private const string Port = "/sys/class/infiniband/mlx5_0/ports/1";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 8, 15, 30, TimeSpan.Zero));

    [Fact]
    public void Sample_NodeExporterTree_HasItsTemperaturesAndFans()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        for (var chip = 0; chip < 2; chip++)
        {
            Assert.Equal(
                Enumerable.Range(1, 5).Select(sensor => (double?)NodeExporterOutput.Value($"node_hwmon_temp_celsius{{chip=\"platform_coretemp_{chip}\",sensor=\"temp{sensor}\"}}")),
                Values(sample, $"sensor.temperature_celsius{{chip=\"coretemp\",device=\"coretemp.{chip}\""));
        }

        Assert.Equal(NodeExporterOutput.Value("node_hwmon_fan_rpm{chip=\"nct6779\",sensor=\"fan2\"}"), Assert.Single(Values(sample, "sensor.fan_rpm{chip=\"nct6779\"")));
        Assert.Equal(
            [NodeExporterOutput.Value("node_hwmon_fan_rpm{chip=\"platform_applesmc_768\",sensor=\"fan1\"}"), NodeExporterOutput.Value("node_hwmon_fan_rpm{chip=\"platform_applesmc_768\",sensor=\"fan2\"}")],
            Values(sample, "sensor.fan_rpm{chip=\"applesmc\""));
    }

    [Fact]
    public void Sample_TelegrafTree_HasItsTemperatures()
    {
        var sample = new MetricSampler(Fixtures.Tree("telegraf-hwmon/general"), _time).Sample();

        foreach (var fact in Fixtures.Facts("telegraf-hwmon/general").GetProperty("v2").EnumerateArray())
        {
            // "temp,sensor=nvme_sensor_1 temp=35.85"
            var (sensor, value) = (fact.GetString()!.Split('=', ' ')[1], fact.GetString()!.Split('=')[2]);
            var series = Assert.Single(sample.Schema.Series, name => name.StartsWith("sensor.temperature_celsius") && Telegraf(name) == sensor);
            Assert.Equal(value, sample[series]!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Sample_NodeExporterTree_CountsMemoryErrorsHandlesAndConnections()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        Assert.Equal(NodeExporterOutput.Value("node_edac_correctable_errors_total{controller=\"0\"}"), sample["memory.ecc_corrected_total"]);
        Assert.Equal(NodeExporterOutput.Value("node_edac_uncorrectable_errors_total{controller=\"0\"}"), sample["memory.ecc_uncorrected_total"]);
        Assert.Equal(Percent("node_filefd_allocated", "node_filefd_maximum"), sample["file_handles.used_percent"]!.Value, 3);
        Assert.Equal(Percent("node_nf_conntrack_entries", "node_nf_conntrack_entries_limit"), sample["conntrack.used_percent"]!.Value, 3);
        Assert.Equal(NodeExporterOutput.Value("node_vmstat_oom_kill"), sample["memory.oom_kills_total"]);
        Assert.Equal(NodeExporterOutput.Value("node_netstat_Tcp_CurrEstab"), sample["tcp.connections"]);
        Assert.Equal(NodeExporterOutput.Value("node_procs_blocked"), sample["processes.blocked"]);
    }

    [Fact]
    public void Sample_NodeExporterTree_KnowsWhichArraysAreWhole()
    {
        var sample = new MetricSampler(Fixtures.Tree(NodeExporterOutput.Case), _time).Sample();

        foreach (var array in new[] { "md0", "md6", "md7", "md8", "md9" })
        {
            Assert.Equal(NodeExporterOutput.Value($"node_md_disks{{device=\"{array}\",state=\"failed\"}}"), sample[$"raid.failed_disks{{raid=\"{array}\"}}"]);
            Assert.Equal(1, sample[$"raid.active{{raid=\"{array}\"}}"]);
        }

        Assert.Equal(0, sample["raid.active{raid=\"md4\"}"]);
        Assert.Equal(1, sample["raid.missing_disks{raid=\"md7\"}"]);
        // "recovery =  8.5%" in its mdstat.
        Assert.Equal(8.5, sample["raid.synchronized_percent{raid=\"md6\"}"]);
        Assert.DoesNotContain("raid.synchronized_percent{raid=\"md7\"}", sample.Schema.Series);
    }

    [Fact]
    public void Sample_PortCounters_AreWordsOfFourBytes()
    {
        using var tree = new TemporaryTree();
        tree.Write(Port + "/state", "4: ACTIVE\n").Write(Port + "/counters/port_rcv_data", "1000\n").Write(Port + "/counters/port_xmit_data", "5000\n")
            .Write(Port + "/counters/symbol_error", "7\n").Write(Port + "/counters/port_rcv_errors", "N/A (no PMA)\n").Write(Port + "/hw_counters/out_of_sequence", "0\n");
        var sampler = Sampler(tree);
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write(Port + "/state", "1: DOWN\n").Write(Port + "/counters/port_rcv_data", "3500\n").Write(Port + "/counters/port_xmit_data", "5000\n").Write(Port + "/counters/symbol_error", "27\n");
        var sample = sampler.Sample();

        Assert.Equal(1000, sample["infiniband.receive_bytes_per_second{device=\"mlx5_0\",port=\"1\"}"]);
        Assert.Equal(0, sample["infiniband.transmit_bytes_per_second{device=\"mlx5_0\",port=\"1\"}"]);
        Assert.Equal(0, sample["infiniband.link_up{device=\"mlx5_0\",port=\"1\"}"]);
        Assert.Equal(2, sample["infiniband.errors_per_second{device=\"mlx5_0\",port=\"1\",kind=\"symbol_error\"}"]);
        Assert.Null(sample["infiniband.errors_per_second{device=\"mlx5_0\",port=\"1\",kind=\"port_rcv_errors\"}"]);
        Assert.DoesNotContain(sample.Schema.Series, name => name.Contains("link_downed"));
    }

    [Fact]
    public void Sample_EnergyCounter_GoesAroundAtItsOwnEnd()
    {
        const string Zone = "/sys/class/powercap/intel-rapl:0";
        using var tree = new TemporaryTree();
        tree.Write(Zone + "/name", "package-0\n").Write(Zone + "/max_energy_range_uj", "262143328850\n").Write(Zone + "/energy_uj", "262000000000\n")
            .Write(Zone + ":0/name", "dram\n").Write(Zone + ":0/max_energy_range_uj", "65712999613\n").Write(Zone + ":0/energy_uj", "100000000\n");
        var sampler = Sampler(tree);
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        // 143.328851 J to the end and one microjoule to zero, and 1856.671149 J after that: 200 W.
        tree.Write(Zone + "/energy_uj", "1856671149\n").Write(Zone + ":0/energy_uj", "220000000\n");
        var sample = sampler.Sample();

        Assert.Equal(200, sample["cpu.power_watts{zone=\"package-0\"}"]);
        Assert.Equal(12, sample["cpu.power_watts{zone=\"package-0/dram\"}"]);
    }

    [Fact]
    public void Sample_DiskTimes_AreTheLatencyOfARequest()
    {
        using var tree = new TemporaryTree();
        tree.Write("/sys/block/sda/size", "2048\n").Write("/proc/diskstats", "   8       0 sda 100 0 800 1000 50 0 400 4294967000 0 500 1500\n");
        var sampler = Sampler(tree);
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        // 10 reads in 250 ms; 4 writes in 296 + 104 ms, across the end of the counter.
        tree.Write("/proc/diskstats", "   8       0 sda 110 0 880 1250 54 0 432 104 0 3500 6500\n");
        var sample = sampler.Sample();

        Assert.Equal(25, sample["disk.read_latency_milliseconds{disk=\"sda\"}"]);
        Assert.Equal(100, sample["disk.write_latency_milliseconds{disk=\"sda\"}"]);
        Assert.Equal(30, sample["disk.busy_percent{disk=\"sda\"}"]);
        Assert.Equal(0.5, sample["disk.queue_length{disk=\"sda\"}"]);
    }

    [Fact]
    public void Sample_TcpCounters_AreFoundByTheirNames()
    {
        static string Snmp(int sent, int again) => $"Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm MaxConn CurrEstab OutSegs RetransSegs\nTcp: 1 -1 42 {sent} {again}\n";
        using var tree = new TemporaryTree();
        var sampler = Sampler(tree.Write("/proc/net/snmp", Snmp(1000, 10)));
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write("/proc/net/snmp", Snmp(3000, 50));
        var sample = sampler.Sample();

        Assert.Equal((42.0, 4.0, 2.0), (sample["tcp.connections"], sample["tcp.retransmits_per_second"], sample["tcp.retransmits_percent"]));
    }

    [Fact]
    public void Sample_NumaMisses_AreOfMachinesWithSeveralNodes()
    {
        using var tree = new TemporaryTree();
        foreach (var node in new[] { 0, 2 })
        {
            tree.Write($"/sys/devices/system/node/node{node}/numastat", "numa_hit 1\nnuma_miss 100\nnuma_foreign 7\n");
        }

        var sampler = Sampler(tree);
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write("/sys/devices/system/node/node2/numastat", "numa_hit 1\nnuma_miss 150\nnuma_foreign 7\n");

        Assert.Equal(5, sampler.Sample()["numa.misses_per_second{node=\"2\"}"]);
    }

    [Fact]
    public void Sample_DriversLoadedLater_HaveTheirSeriesFromThenOn()
    {
        using var tree = new TemporaryTree();
        tree.Write(Port + "/state", "4: ACTIVE\n").Write("/sys/devices/system/node/node0/numastat", "numa_miss 1\nnuma_foreign 1\n");
        var sampler = Sampler(tree);
        string[] expected =
        [
            "cpu.power_watts{zone=\"package-0\"}", "memory.dimm_ecc_corrected_total{controller=\"mc0\",dimm=\"dimm1\"}", "memory.ecc_corrected_total",
            "numa.misses_per_second{node=\"1\"}", "infiniband.receive_packets_per_second{device=\"mlx5_0\",port=\"1\"}",
        ];
        Assert.Empty(expected.Intersect(sampler.Sample().Schema.Series));

        tree.Write("/sys/class/powercap/intel-rapl:0/name", "package-0\n").Write("/sys/class/powercap/intel-rapl:0/energy_uj", "5\n")
            .Write("/sys/devices/system/edac/mc/mc0/ce_count", "3\n").Write("/sys/devices/system/edac/mc/mc0/dimm1/dimm_ce_count", "3\n")
            .Write("/sys/devices/system/node/node1/numastat", "numa_miss 1\nnuma_foreign 1\n").Write(Port + "/counters/port_rcv_packets", "7\n");
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write("/sys/class/powercap/intel-rapl:0/energy_uj", "1000000005\n").Write("/sys/devices/system/node/node1/numastat", "numa_miss 21\nnuma_foreign 1\n")
            .Write(Port + "/counters/port_rcv_packets", "47\n");
        var sample = sampler.Sample();

        Assert.Equal([100, 3, 3, 2, 4], expected.Select(series => sample[series]));
    }

    [Fact]
    public void Sample_PagesSwapped_AreBytesASecond()
    {
        using var tree = new TemporaryTree();
        tree.Write("/proc/vmstat", "pswpin 0\npswpout 0\n");
        var sampler = Sampler(tree);
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write("/proc/vmstat", Fixtures.Tree(NodeExporterOutput.Case).ReadText("/proc/vmstat")!);
        var sample = sampler.Sample();

        var bytes = Environment.SystemPageSize / 10.0;
        Assert.Equal(NodeExporterOutput.Value("node_vmstat_pswpin") * bytes, sample["swap.in_bytes_per_second"]!.Value, 1);
        Assert.Equal(NodeExporterOutput.Value("node_vmstat_pswpout") * bytes, sample["swap.out_bytes_per_second"]!.Value, 1);
    }

    [Fact]
    public void Sample_ErrorsOfModules_AreThoseOfTheFirstErrorOn()
    {
        const string Controller = "/sys/devices/system/edac/mc/mc0";
        using var tree = new TemporaryTree();
        tree.Write(Controller + "/ce_count", "5\n").Write(Controller + "/ue_count", "2\n").Write(Controller + "/dimm0/dimm_ce_count", "0\n").Write(Controller + "/dimm0/dimm_ue_count", "0\n")
            .Write(Controller + "/dimm3/dimm_ce_count", "5\n").Write(Controller + "/dimm3/dimm_ue_count", "2\n");
        var sample = Sampler(tree).Sample();

        Assert.Equal([5], Values(sample, "memory.dimm_ecc_corrected_total"));
        Assert.Equal(5, sample["memory.dimm_ecc_corrected_total{controller=\"mc0\",dimm=\"dimm3\"}"]);
        Assert.Equal(2, sample["memory.dimm_ecc_uncorrected_total{controller=\"mc0\",dimm=\"dimm3\"}"]);
    }

    [Fact]
    public void Sample_PressureOfAllTasks_IsApartFromThatOfSome()
    {
        using var tree = new TemporaryTree();
        static string Pressure(int some, int full) => $"some avg10=0.00 avg60=0.00 avg300=0.00 total={some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total={full}\n";
        var sampler = Sampler(tree.Write("/proc/pressure/memory", Pressure(0, 0)).Write("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
        sampler.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        tree.Write("/proc/pressure/memory", Pressure(5_000_000, 1_000_000));
        var sample = sampler.Sample();

        Assert.Equal((50.0, 10.0), (sample["pressure.memory_some_percent"], sample["pressure.memory_full_percent"]));
        // Before Linux 5.13 the processor has no such line.
        Assert.Null(sample["pressure.cpu_full_percent"]);
    }

    private static double Percent(string part, string whole) => 100 * NodeExporterOutput.Value(part) / NodeExporterOutput.Value(whole);

    private static IEnumerable<double?> Values(Sample sample, string prefix) => sample.Schema.Series.Where(name => name.StartsWith(prefix)).Select(name => sample[name]);

    // chip="nvme",device="hwmon0",sensor="Sensor 1" is "nvme_sensor_1" there.
    private static string Telegraf(string series)
    {
        var labels = series.Split('"');
        return $"{labels[1]}_{labels[5]}".ToLowerInvariant().Replace(' ', '_');
    }

    private MetricSampler Sampler(TemporaryTree tree) => new(tree.Root, _time);
}
