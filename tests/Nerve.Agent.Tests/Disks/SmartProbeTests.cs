using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Disks;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Probes;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Disks;

public sealed class SmartProbeTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private static readonly SmartReading s_well = new(new SmartInfo { Available = true, Passed = true, TemperatureCelsius = 33, PowerOnHours = 7 }, null, null);

    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-smart-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Answer_OneDiskHangs_TheOthersAreThereAndItIsReported()
    {
        using var hanging = new ManualResetEventSlim();
        var probe = Probe(TimeProvider.System, disk =>
        {
            if (disk == "sdb")
            {
                hanging.Wait(s_long);
            }

            return s_well;
        });

        var reply = probe.Answer(Ask(100, "sda", "sdb", "sdc", "sdd", "sde", "sdf"));
        Assert.True(SpinWait.SpinUntil(() => (reply = probe.Answer(Ask(100, "sda", "sdb", "sdc", "sdd", "sde", "sdf"))).Smart.Count == 5, s_long));

        Assert.Equal("smartctl /dev/sdb", Assert.Single(reply.Problems).Source);
        hanging.Set();
    }

    [Fact]
    public void Answer_Again_AsksEachDiskAtItsOwnPace()
    {
        var time = new FakeTimeProvider();
        var asked = 0;
        var probe = Probe(time, _ =>
        {
            Interlocked.Increment(ref asked);
            return s_well;
        });

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(2, probe.Answer(Ask(30_000, "sda", "sdb")).Smart.Count);
            time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(2, asked);

        // The first disk is due after half an hour, the second a quarter of an hour later.
        time.Advance(TimeSpan.FromMinutes(6));
        probe.Answer(Ask(0, "sda", "sdb"));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) == 3, s_long));
    }

    [Fact]
    public void Answer_AnotherPeriodWithASample_CountsFromTheLastReading()
    {
        var time = new FakeTimeProvider();
        var asked = 0;
        var probe = Probe(time, _ =>
        {
            Interlocked.Increment(ref asked);
            return s_well;
        });
        probe.Answer(Ask(30_000, "sda"));

        time.Advance(TimeSpan.FromMinutes(6));
        probe.Answer(ProbeRequest.Parse(new ProbeRequest(ProbeAsk.Sample, PeriodSeconds: 300).ToLine()));

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) == 2, s_long));
    }

    [Fact]
    public void Answer_ReadingThatFailsLater_KeepsWhatIsKnown()
    {
        var time = new FakeTimeProvider();
        var readings = new Queue<SmartReading>([s_well, new SmartReading(null, "smartctl did not answer within 20 s.", null)]);
        var probe = Probe(time, _ => readings.Dequeue());
        Assert.Empty(probe.Answer(Ask(30_000, "sda")).Problems);

        time.Advance(TimeSpan.FromMinutes(31));
        probe.Answer(Ask(0, "sda"));
        var reply = probe.Answer(Ask(0, "sda"));
        Assert.True(SpinWait.SpinUntil(() => (reply = probe.Answer(Ask(0, "sda"))).Problems.Count == 1, s_long));

        Assert.Equal(s_well.Health, reply.Smart["sda"]);
    }

    /// <summary>A disk that failed and then sleeps has still failed.</summary>
    [Fact]
    public void Answer_DiskThatSleepsLater_KeepsItsHealth()
    {
        var time = new FakeTimeProvider();
        var asked = Path.Combine(_folder, "asked");
        var program = Script(
            $$$"""if [ -e {{{asked}}} ]; then echo '{{{Sleeping("STANDBY")}}}'; else touch {{{asked}}}; echo '{"json_format_version":[1,0],"smart_status":{"passed":false}}'; exit 8; fi""");
        var readings = 0;
        var probe = Probe(time, disk =>
        {
            var reading = SmartTool.Ask(program, disk, s_long);
            Interlocked.Increment(ref readings);
            return reading;
        });
        Assert.False(probe.Answer(Ask(30_000, "sda")).Smart["sda"].Passed);

        time.Advance(TimeSpan.FromMinutes(31));
        probe.Answer(Ask(0, "sda"));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref readings) == 2, s_long));
        time.Advance(TimeSpan.FromMinutes(61));
        probe.Answer(Ask(0, "sda"));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref readings) == 3, s_long));
        var reply = probe.Answer(Ask(0, "sda"));

        Assert.False(reply.Smart["sda"].Passed);
        Assert.Empty(reply.Problems);
    }

    [Theory]
    [InlineData("STANDBY")]
    [InlineData("SLEEP")]
    public void Answer_DiskThatSleepsFromTheStart_IsAProblemAndNotWithoutHealth(string mode)
    {
        var program = Script($"echo '{Sleeping(mode)}'");

        var reply = Probe(TimeProvider.System, disk => SmartTool.Ask(program, disk, s_long)).Answer(Ask(30_000, "sda"));

        Assert.Empty(reply.Smart);
        Assert.Contains("sleeps", Assert.Single(reply.Problems).Reason);
    }

    [Fact]
    public void Sample_KnownDisks_HaveTheirHealthAsMetrics()
    {
        var probe = Probe(TimeProvider.System, disk => disk == "nvme0n1"
            ? new SmartReading(new SmartInfo { Available = true, Passed = false, PercentageUsed = 91, CriticalWarning = 4, MediaErrors = 3 }, null, null)
            : s_well);
        probe.Answer(Ask(30_000, "nvme0n1", "sda"));

        var reply = probe.Answer(new ProbeRequest(ProbeAsk.Sample));
        var sample = reply.Schema!.Series.Zip(reply.Values).ToDictionary(pair => pair.First, pair => pair.Second);

        Assert.Equal(
            new Dictionary<string, double?>
            {
                ["disk.health_passed{disk=\"nvme0n1\"}"] = 0,
                ["disk.wear_percent{disk=\"nvme0n1\"}"] = 91,
                ["disk.critical_warning{disk=\"nvme0n1\"}"] = 4,
                ["disk.media_errors_total{disk=\"nvme0n1\"}"] = 3,
                ["disk.health_passed{disk=\"sda\"}"] = 1,
                ["disk.temperature_celsius{disk=\"sda\"}"] = 33,
            },
            sample);
    }

    [Fact]
    public void Tool_ThatNeverAnswers_IsKilledAndReported()
    {
        var reading = SmartTool.Ask(Script("sleep 600"), "sda", TimeSpan.FromMilliseconds(200));

        Assert.Null(reading.Health);
        Assert.Contains("did not answer", reading.Failure);
        Assert.True(reading.LeftBehind!.WaitForExit(s_long));
    }

    [Fact]
    public void Tool_ThatAnswers_IsAskedWithoutWakingTheDisk()
    {
        var arguments = Path.Combine(_folder, "arguments");
        var program = Script($"echo \"$@\" > {arguments}; echo '{{\"json_format_version\":[1,0],\"smart_status\":{{\"passed\":true}}}}'; exit 4");

        Assert.True(SmartTool.Ask(program, "nvme0n1", s_long).Health!.Passed);
        Assert.Equal("--json --all --nocheck=standby,0 /dev/nvme0n1", File.ReadAllText(arguments).Trim());
    }

    [Fact]
    public void Tool_ThatIsNone_IsReported() =>
        Assert.Contains("could not be started", SmartTool.Ask("/nonexistent/smartctl", "sda", s_long).Failure);

    [Fact]
    public void Answer_DisksBehindAController_AreFoundAndAskedAsTheOthers()
    {
        var member = new DiskInfo { Name = "bus/0:megaraid,8", Behind = "megaraid,8", Serial = "ZAD2C11G" };
        var probe = new SmartProbe(TimeProvider.System, new DiskQuestions(
            name => name switch
            {
                DiskQuestions.Members => new SmartReading(null, null, null) { Members = [member.Name] },
                "bus/0:megaraid,8" => s_well with { Disk = member },
                _ => s_well,
            },
            () => [DiskQuestions.Members]));

        var reply = probe.Answer(Ask(30_000, "sda"));

        Assert.Equal(["bus/0:megaraid,8", "sda"], reply.Smart.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(member, Assert.Single(reply.Disks));
        Assert.Empty(reply.Problems);
        Assert.Equal(2, probe.Answer(Ask(0, "sda")).Smart.Count);
    }

    [Fact]
    public void Answer_ControllersThatWereAsked_AreInItAndInTheSample()
    {
        var report = new RaidReport(
            [new StorageControllerInfo("host0", "megaraid_sas", "PERC H755", "5.2", "0000:0a:00.0") { State = "Degraded", BatteryState = "Optimal" }],
            [new RaidInfo("sda", "raid6", "degraded", 6, 5) { Kind = "hardware", Members = [new RaidMemberInfo("252:3", 0, "faulty")] }],
            [44]);
        var probe = new SmartProbe(TimeProvider.System, new DiskQuestions(_ => new SmartReading(null, null, null) { Raids = report }, () => [DiskQuestions.Arrays]));

        var reply = ProbeReply.Parse(probe.Answer(Ask(30_000)).ToLine());
        var sample = probe.Answer(new ProbeRequest(ProbeAsk.Sample));

        Assert.Equal(report.Controllers, reply.Controllers);
        Assert.Equal(report.Raids[0].Members, Assert.Single(reply.Raids).Members);
        Assert.Equal(
            new Dictionary<string, double?>
            {
                ["raid.active{raid=\"sda\"}"] = 1,
                ["raid.missing_disks{raid=\"sda\"}"] = 1,
                ["raid.failed_disks{raid=\"sda\"}"] = 1,
                ["storage.controller_healthy{controller=\"0000:0a:00.0\"}"] = 0,
                ["storage.battery_healthy{controller=\"0000:0a:00.0\"}"] = 1,
                ["storage.controller_temperature_celsius{controller=\"0000:0a:00.0\"}"] = 44,
            },
            sample.Schema!.Series.Zip(sample.Values).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    [Fact]
    public void Tool_DiskBehindAController_IsAskedThroughIt()
    {
        var arguments = Path.Combine(_folder, "arguments");
        var report = Path.Combine(Fixtures.FolderOf("telegraf-smartctl/megaraid"), "smartctl.json");
        var program = Script($"echo \"$@\" > {arguments}; cat {report}; exit 4");

        var reading = SmartTool.Ask(program, "bus/6:megaraid,14", s_long);

        Assert.Equal("--json --all --nocheck=standby,0 --device megaraid,14 /dev/bus/6", File.ReadAllText(arguments).Trim());
        Assert.Equal(("bus/6:megaraid,14", "megaraid,14", "ZAD2C11G"), (reading.Disk!.Name, reading.Disk.Behind, reading.Disk.Serial));
        Assert.Equal(44316, reading.Health!.PowerOnHours);
    }

    private static string Sleeping(string mode) => $$$"""
        {"json_format_version":[1,0],"smartctl":{"version":[7,3],"messages":[{"string":"Device is in {{{mode}}} mode, exit(0)","severity":"information"}],"exit_status":0},"device":{"name":"/dev/sda","type":"sat"}}
        """;

    private static SmartProbe Probe(TimeProvider time, Func<string, SmartReading> ask) => new(time, new DiskQuestions(ask, () => []));

    private static ProbeRequest Ask(int patience, params string[] disks) => new(ProbeAsk.Inventory, Names: disks, PatienceMilliseconds: patience);

    private string Script(string text)
    {
        var path = Path.Combine(_folder, "smartctl");
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
