using System.Text.Json;
using CsCheck;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;

namespace Nerve.Protocol.Tests;

/// <summary>What is on the wire is frozen: agents of one version meet centers of another.</summary>
public class WireTests
{
    [Fact]
    public void RunState_Names_AreFrozen() =>
        Assert.Equal(
            ["Pending=0", "Running=1", "Succeeded=2", "Failed=3", "TimedOut=4", "Cancelled=5", "Expired=6", "Lost=7", "Waiting=8", "Refused=9", "Retried=10"],
            Enum.GetValues<RunState>().Select(state => $"{state}={(int)state}"));

    [Fact]
    public void TaskKind_Names_AreFrozen() =>
        Assert.Equal(["Command=0", "Script=1"], Enum.GetValues<TaskKind>().Select(kind => $"{kind}={(int)kind}"));

    [Fact]
    public void RunFinished_Serialized_IsTheFrozenText()
    {
        var finished = new RunFinished(
            Guid.Parse("01920000-0000-7000-8000-000000000001"), RunState.TimedOut, null, "SIGKILL", "took longer than 5 s",
            new DateTimeOffset(2026, 1, 31, 9, 15, 30, 250, TimeSpan.FromHours(1)),
            new DateTimeOffset(2026, 1, 31, 8, 15, 35, 0, TimeSpan.Zero), 12, true);

        Assert.Equal(
            """{"runId":"01920000-0000-7000-8000-000000000001","state":"timedOut","exitCode":null,"signal":"SIGKILL","error":"took longer than 5 s","startedAt":"2026-01-31T08:15:30.250Z","finishedAt":"2026-01-31T08:15:35.000Z","outputBytes":12,"outputTruncated":true}""",
            JsonSerializer.Serialize(finished, NerveJsonContext.Default.RunFinished));
    }

    [Fact]
    public void RunState_AsNumber_IsRefused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(
            """{"runId":"01920000-0000-7000-8000-000000000001","state":2,"exitCode":0,"signal":null,"error":null,"startedAt":null,"finishedAt":"2026-01-31T08:15:35Z","outputBytes":0,"outputTruncated":false}""",
            NerveJsonContext.Default.RunFinished));

    [Fact]
    public void Heartbeat_EmptyObject_IsAPlainSignOfLife()
    {
        var heartbeat = JsonSerializer.Deserialize("{}", NerveJsonContext.Default.Heartbeat)!;
        Assert.Null(heartbeat.Samples);
        Assert.Null(heartbeat.Schema);
    }

    [Fact]
    public void MetricSample_NumbersAndNulls_AreRead()
    {
        var sample = JsonSerializer.Deserialize(
            """{"at":"2026-01-31T08:15:30.250Z","schema":"5d3dcbec033bacc6","values":[1,null,-2.5e3,0.1]}""", NerveJsonContext.Default.MetricSample)!;

        Assert.Equal([1, null, -2500, 0.1], sample.Values);
    }

    [Fact]
    public void MetricSample_WholeNumbers_AreWrittenAsIntegers() =>
        Assert.Contains(
            "\"values\":[57,-3,1000000000000000,0.25,null]",
            JsonSerializer.Serialize(SampleOf(57, -3, 1e15, 0.25, null), NerveJsonContext.Default.MetricSample), StringComparison.Ordinal);

    [Fact]
    public void MetricSample_AnyFiniteValue_ComesBackTheSame() =>
        Gen.OneOf(Gen.Double, Gen.Long.Select(whole => (double)whole)).Where(double.IsFinite).Array[0, 50].Sample(values =>
        {
            var json = JsonSerializer.Serialize(SampleOf([.. values.Select(value => (double?)value)]), NerveJsonContext.Default.MetricSample);

            Assert.Equal(values.Cast<double?>(), JsonSerializer.Deserialize(json, NerveJsonContext.Default.MetricSample)!.Values);
        });

    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("""["1"]""")]
    [InlineData("[true]")]
    [InlineData("[[1]]")]
    public void MetricSample_ValuesThatAreNoNumbers_AreRefused(string values) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(
            $$"""{"at":"2026-01-31T08:15:30.250Z","schema":"5d3dcbec033bacc6","values":{{values}}}""", NerveJsonContext.Default.MetricSample));

    /// <summary>Expected value: <c>printf 'load.1m\nload.5m\n' | sha256sum | cut -c1-16</c>.</summary>
    [Fact]
    public void SchemaId_IsTheHashOfItsNames() =>
        Assert.Equal("5d3dcbec033bacc6", MetricSchema.IdOf(["load.1m", "load.5m"]));

    [Fact]
    public void Hash_ReadingsChange_StaysTheSame()
    {
        var rest = Machine(new GpuInfo { PcieGeneration = 1, PcieWidth = 16 }, new SmartInfo { Available = true, TemperatureCelsius = 30, PowerOnHours = 1 });
        var work = Machine(
            new GpuInfo
            {
                PcieGeneration = 5,
                PcieWidth = 16,
                ThrottleReasons = ["sw_power_cap"],
                Processes = [new GpuProcessInfo(1, "train", 1, null, null)],
                Ecc = new GpuEccInfo(1, 0, 1, 0, []),
            },
            new SmartInfo { Available = true, TemperatureCelsius = 50, PowerOnHours = 2, BytesWritten = 1 });

        Assert.Equal(rest.Hash(), work.Hash());
    }

    [Fact]
    public void Hash_HardwareChanges_Changes()
    {
        var well = Machine(new GpuInfo { PcieWidth = 16 }, new SmartInfo { Available = true, Passed = true });

        Assert.NotEqual(well.Hash(), Machine(new GpuInfo { PcieWidth = 8 }, new SmartInfo { Available = true, Passed = true }).Hash());
        Assert.NotEqual(well.Hash(), Machine(new GpuInfo { PcieWidth = 16, Lost = true }, new SmartInfo { Available = true, Passed = true }).Hash());
        Assert.NotEqual(well.Hash(), Machine(new GpuInfo { PcieWidth = 16 }, new SmartInfo { Available = true, Passed = false }).Hash());
    }

    [Fact]
    public void Hashes_WhatMovesByItself_ChangesNone()
    {
        var early = Moving(1, "10.0.0.9:/data", new NetworkInterfaceInfo { Name = "veth1", Type = "veth" });
        var late = Moving(2, "10.0.0.9:/data", new NetworkInterfaceInfo { Name = "veth2", Type = "veth" });

        Assert.Equal(InventorySections.HashesOf(early), InventorySections.HashesOf(late));
        Assert.Equal(InventorySections.Names, InventorySections.HashesOf(early).Keys);
    }

    [Fact]
    public void Hashes_OneFactChanges_ChangesItsSectionOnly()
    {
        var before = Moving(1, "/dev/sda1", new NetworkInterfaceInfo { Name = "eth0", Mtu = 1500 });
        var after = before with { Network = [.. before.Network.Select(card => card with { Mtu = 9000 })] };
        var grown = before with { Filesystems = [before.Filesystems[0] with { SizeBytes = 9 }] };

        Assert.Equal(["network"], InventorySections.Changed(InventorySections.HashesOf(before), InventorySections.HashesOf(after)));
        Assert.Equal(["filesystems"], InventorySections.Changed(InventorySections.HashesOf(before), InventorySections.HashesOf(grown)));
    }

    [Fact]
    public void Merge_ChangedSections_IsTheOtherInventory()
    {
        var before = Moving(1, "/dev/sda1", new NetworkInterfaceInfo { Name = "eth0", Mtu = 1500 });
        var after = before with { CollectedAt = before.CollectedAt.AddDays(1), Network = [], Host = new HostInfo { Hostname = "other" } };

        var merged = InventorySections.Merge(before, InventorySections.Pick(after, ["network", "host"]), after.CollectedAt);

        Assert.Equal(Json(after), Json(merged));
    }

    [Fact]
    public void Inventory_FromAnAgentThatKnowsLess_HasItsDefaults()
    {
        const string Less = """
            {"host":{"hostname":"a"},"cpu":{},"memory":{},"gpus":[{"index":0}],"disks":[{"name":"sda"}],"raids":[{"name":"md0","level":null,"state":null,"disks":2,"activeDisks":2}],
             "network":[{"name":"eth0"}],"infiniband":[{"device":"mlx5_0","port":1}]}
            """;
        var whole = new Inventory
        {
            Host = new HostInfo { Hostname = "a" },
            Gpus = [new GpuInfo()],
            Disks = [new DiskInfo { Name = "sda" }],
            Raids = [new RaidInfo("md0", null, null, 2, 2)],
            Network = [new NetworkInterfaceInfo { Name = "eth0" }],
            Infiniband = [new InfinibandPortInfo { Device = "mlx5_0", Port = 1 }],
        };

        Assert.Equal(Json(whole), Json(JsonSerializer.Deserialize(Less, NerveJsonContext.Default.Inventory)!));
        Assert.Equal(new Inventory().Hash(), JsonSerializer.Deserialize("{}", NerveJsonContext.Default.Inventory)!.Hash());
    }

    private static string Json(Inventory inventory) => JsonSerializer.Serialize(inventory, NerveJsonContext.Default.Inventory);

    /// <summary>A machine whose counters, clocks and spaces stand at some number.</summary>
    private static Inventory Moving(int at, string device, NetworkInterfaceInfo passing) => new()
    {
        CollectedAt = DateTimeOffset.UnixEpoch.AddHours(at),
        Host = new HostInfo { BootedAt = DateTimeOffset.UnixEpoch.AddSeconds(at) },
        Memory = new MemoryInfo
        {
            Hugepages = [new HugepagesInfo(2048, 10, at)],
            Ecc = new EccInfo("Multi-bit ECC", at, at, [new EccControllerInfo("mc0", null, at, at, 1, [new EccDimmInfo("dimm0", "B2", null, null, null, 1, at, at)])]),
        },
        Disks = [new DiskInfo { Name = "sda", Smart = new SmartInfo { Available = true, TemperatureCelsius = at, PowerOnHours = at, InterfaceErrors = at } }],
        Filesystems = [new FilesystemInfo(device, "/data", "nfs4", at, false)],
        Network =
        [
            passing,
            new NetworkInterfaceInfo { Name = "cni0", Type = "bridge", Lower = passing.Type == "veth" ? [passing.Name] : [] },
            new NetworkInterfaceInfo { Name = "bond0", Bond = new BondInfo(null, null, null, null, null, null, [new BondSlaveInfo("eth1", "up", at, null, null)]) },
        ],
        Infiniband = [new InfinibandPortInfo { Device = "mlx5_0", Port = 1, Errors = new SortedDictionary<string, long> { ["symbol_error"] = at } }],
    };

    private static Inventory Machine(GpuInfo gpu, SmartInfo smart) => new() { Gpus = [gpu], Disks = [new DiskInfo { Name = "sda", Smart = smart }] };

    private static MetricSample SampleOf(params double?[] values) => new(new DateTimeOffset(2026, 1, 31, 8, 15, 30, 250, TimeSpan.Zero), "5d3dcbec033bacc6", values);
}
