using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Probes;

/// <summary>How the agent lives with probes that answer, hang and die. The probes are small shell scripts.</summary>
public sealed class ProbeTests : IDisposable
{
    private const string Answers = "while read line; do echo '{\"stuck\":[\"here\"]}'; done";
    private const string NeverAnswers = "while read line; do :; done";

    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private static readonly ProbeRequest s_request = new(ProbeAsk.Inventory);

    private readonly FakeTimeProvider _time = new();
    private readonly List<Probe> _probes = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-probe-").FullName;

    public void Dispose()
    {
        _probes.ForEach(probe => probe.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Ask_ProbeThatAnswers_IsAskedAgainAndAgainInOneProcess()
    {
        var probe = Started(Answers);
        var process = probe.ProcessId;

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["here"], probe.Ask(s_request, s_long)!.Stuck);
        }

        Assert.Equal(process, probe.ProcessId);
        Assert.Null(probe.Problem);
        Assert.False(probe.IsHung);
    }

    [Fact]
    public void Ask_BeforeAnyoneWantsIt_StartsNothing()
    {
        var probe = Create(Answers);

        Assert.Null(probe.Ask(s_request, s_long));
        Assert.Null(probe.ProcessId);
    }

    [Fact]
    public void Hung_IsLeftBehindAndReplacedAfterAPause()
    {
        var probe = Started(NeverAnswers, patience: TimeSpan.FromMilliseconds(50));
        var first = probe.ProcessId!.Value;

        Assert.Null(probe.Ask(s_request, TimeSpan.FromMilliseconds(500)));

        Assert.True(probe.IsHung);
        Assert.Equal(1, probe.Hangs);
        Assert.Contains("left behind", probe.Problem!.Reason);
        Assert.Contains("Call a doctor.", probe.Problem.Reason);
        AssertGone(first);

        // Not at once, and the pauses grow: 30 s, then 60 s.
        probe.Want();
        Assert.Null(probe.ProcessId);
        _time.Advance(TimeSpan.FromSeconds(31));
        probe.Want();
        Assert.NotNull(probe.ProcessId);
        Assert.Null(probe.Ask(s_request, TimeSpan.FromMilliseconds(500)));
        Assert.Equal(2, probe.Hangs);
        _time.Advance(TimeSpan.FromSeconds(31));
        probe.Want();
        Assert.Null(probe.ProcessId);
        _time.Advance(TimeSpan.FromSeconds(31));
        probe.Want();
        Assert.NotNull(probe.ProcessId);
    }

    [Fact]
    public void AskParts_SuccessorDoesNotKnowThemYet_AreAsBefore()
    {
        var known = new ProbeReply
        {
            Gpus = [new GpuInfo { Uuid = "GPU-1" }],
            Bmc = new BmcInfo("10.0.0.1", "2.8"),
            Smart = new Dictionary<string, SmartInfo> { ["sda"] = new() { Passed = true }, ["sdb"] = new() { Passed = true } },
        };
        var late = new ProbeReply
        {
            Smart = new Dictionary<string, SmartInfo> { ["sda"] = new() { Passed = false } },
            Problems = [new CollectionProblem("smartctl /dev/sdb", "No answer yet.")],
        };

        var parts = late.Or(known);

        Assert.Equal((known.Gpus, known.Bmc, late.Problems), (parts.Gpus, parts.Bmc, parts.Problems));
        Assert.Equal([("sda", false), ("sdb", true)], parts.Smart.Select(disk => (disk.Key, disk.Value.Passed!.Value)).Order());
        // Without a problem it knows better.
        Assert.Empty(new ProbeReply().Or(known).Gpus);
    }

    [Fact]
    public void AskParts_HangsLater_SaysWhatItSaidLast()
    {
        var probe = Started("read line; echo '{\"stuck\":[\"here\"]}'; " + NeverAnswers, patience: TimeSpan.FromMilliseconds(50));
        Assert.True(SpinWait.SpinUntil(() => probe.AskParts(s_request, s_long) is not null || Restarted(probe), s_long));

        Assert.Equal(["here"], probe.AskParts(s_request, TimeSpan.FromMilliseconds(500))!.Stuck);
        Assert.True(probe.IsHung);
        Assert.Contains("still stands", probe.Problem!.Reason, StringComparison.Ordinal);
    }

    // Its patience is short, and this machine may be busy.
    private bool Restarted(Probe probe)
    {
        _time.Advance(TimeSpan.FromHours(1));
        probe.Want();
        return false;
    }

    [Fact]
    public void Hung_SuccessorAnswers_ClearsTheProblem()
    {
        var marker = Path.Combine(_folder, "hung-once");
        var probe = Started($"if [ -e {marker} ]; then {Answers}; else touch {marker}; {NeverAnswers}; fi", patience: TimeSpan.FromMilliseconds(100));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(marker), s_long));
        Assert.Null(probe.Ask(s_request, TimeSpan.FromSeconds(1)));
        Assert.True(probe.IsHung);

        _time.Advance(TimeSpan.FromMinutes(1));
        probe.Want();
        // Under load the successor may need more than one try of its short patience.
        ProbeReply? reply = null;
        for (var i = 0; i < 50 && reply is null; i++)
        {
            reply = probe.Ask(s_request, s_long);
            _time.Advance(TimeSpan.FromHours(1));
            probe.Want();
        }

        Assert.Equal(["here"], reply!.Stuck);
        Assert.False(probe.IsHung);
        Assert.Null(probe.Problem);
    }

    [Fact]
    public void Late_ButNotHung_AnswersTheNextWhoAsks()
    {
        var gate = Path.Combine(_folder, "gate");
        var probe = Started($"while read line; do while [ ! -e {gate} ]; do sleep 0.02; done; echo '{{}}'; done", patience: TimeSpan.FromMinutes(5));

        Assert.Null(probe.Ask(s_request, TimeSpan.FromMilliseconds(50)));
        Assert.False(probe.IsHung);
        Assert.Contains("yet", probe.Problem!.Reason);

        File.WriteAllText(gate, "");
        Assert.NotNull(probe.Ask(s_request, s_long));
        Assert.Null(probe.Problem);
    }

    [Theory]
    [InlineData("exit 3")]
    [InlineData("read line; kill -SEGV $$")]
    [InlineData("read line; echo nonsense; sleep 100")]
    [InlineData("read line; echo '{\"gpus\":3}'; sleep 100")]
    [InlineData("read line; head -c 20000000 /dev/zero; sleep 100")]
    public void Died_OrTalkedNonsense_IsReplacedAndReported(string script)
    {
        var probe = Started(script);

        Assert.Null(probe.Ask(s_request, s_long));

        Assert.Null(probe.ProcessId);
        Assert.False(probe.IsHung);
        Assert.Contains("ended unexpectedly", probe.Problem!.Reason);
    }

    [Fact]
    public void Start_ProgramIsMissing_IsReported()
    {
        var probe = Create("", program: "/nonexistent/nerve-agent");
        probe.Want();

        Assert.Null(probe.Ask(s_request, s_long));
        Assert.Contains("could not be started", probe.Problem!.Reason);
    }

    [Fact]
    public void Dispose_EndsTheProcessAndItsTools()
    {
        using var probes = new ProbeSet(TimeProvider.System, new ProbeLauncher(Path.Combine(AppContext.BaseDirectory, "nerve-agent"), ["probe"], new Dictionary<string, string>()));
        probes.Space.Want();
        Assert.NotNull(probes.Space.Ask(new ProbeRequest(ProbeAsk.Sample, Names: ["/"]), s_long));
        var process = probes.Space.ProcessId!.Value;

        probes.Dispose();

        AssertGone(process);
    }

    /// <summary>The agent may be killed: what it leaves must not stay.</summary>
    [Fact]
    public void InputEnds_ProbeEndsAtOnce()
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "nerve-agent"), ["probe", "space"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.Close();

        Assert.True(process.WaitForExit(s_long));
    }

    [Fact]
    public void Space_OfRemoteFilesystems_IsThatOfTheKernel()
    {
        using var probes = new ProbeSet(TimeProvider.System, new ProbeLauncher(Path.Combine(AppContext.BaseDirectory, "nerve-agent"), ["probe"], new Dictionary<string, string>()));
        var spaces = new FilesystemSpaces(probes.Space);
        Mount[] mounts = [new("1", "/", "/", "nfs4", "server:/", false)];
        spaces.Prepare(mounts);
        IReadOnlyDictionary<string, FilesystemSpace> answer = new Dictionary<string, FilesystemSpace>();
        Assert.True(SpinWait.SpinUntil(() => (answer = spaces.Measure(mounts)).Count > 0, s_long));

        Assert.Equal(new DriveInfo("/").TotalSize, answer["/"].TotalBytes);
        Assert.Empty(spaces.Stuck);
    }

    [Fact]
    public void Metrics_OfAProbeThatHangs_KeepTheirNamesWithoutValues()
    {
        var marker = Path.Combine(_folder, "answered");
        var probe = Started($$"""
            read line; echo '{"schema":{"id":"s","series":["gpu.lost"]},"values":[0]}'; touch {{marker}}; {{NeverAnswers}}
            """, patience: TimeSpan.FromMilliseconds(50));
        var metrics = new ProbeMetrics(probe);

        // The first answer may come late on a busy machine.
        Sample sample;
        do
        {
            sample = Take(metrics);
        }
        while (sample.Schema.Series.Count == 0 && !probe.IsHung);

        Assert.Equal(0, sample["gpu.lost"]);
        sample = Take(metrics);
        Assert.Equal(["gpu.lost"], sample.Schema.Series);
        Assert.Null(sample["gpu.lost"]);
    }

    [Fact]
    public void Metrics_OfProbes_SayWhichOneHangsAndHowOftenItDid()
    {
        var launcher = new ProbeLauncher("/bin/sh", ["-c", NeverAnswers], new Dictionary<string, string>());
        using var probes = new ProbeSet(_time, launcher, TimeSpan.FromMilliseconds(50));
        var metrics = new ProbeStateMetrics(probes);
        Assert.Empty(Take(metrics).Schema.Series);

        probes.Nvml.Want();
        Assert.Equal((0, 0), (Take(metrics)["agent.probe_hung{probe=\"nvml\"}"], Take(metrics)["agent.probe_hangs_total{probe=\"nvml\"}"]));

        for (var hangs = 1; hangs <= 2; hangs++)
        {
            Assert.Null(probes.Nvml.Ask(s_request, TimeSpan.FromSeconds(1)));
            var sample = Take(metrics);
            Assert.Equal((1, hangs), (sample["agent.probe_hung{probe=\"nvml\"}"], sample["agent.probe_hangs_total{probe=\"nvml\"}"]));
            // Only those that this machine needs.
            Assert.Equal(2, sample.Schema.Series.Count);
            _time.Advance(TimeSpan.FromHours(1));
            probes.Nvml.Want();
        }
    }

    [Fact]
    public void Pipes_DeadlineHasPassed_DoNotWait()
    {
        var probe = Started("sleep 100");
        var since = Stopwatch.GetTimestamp();

        Assert.Null(probe.Ask(s_request, TimeSpan.Zero));

        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
    }

    private Sample Take(IMetricSource metrics)
    {
        var builder = new SampleBuilder(_time);
        builder.Begin();
        metrics.Read(builder);
        return builder.End(_time.GetUtcNow());
    }

    private Probe Started(string script, TimeSpan? patience = null)
    {
        var probe = Create(script, patience);
        probe.Want();
        return probe;
    }

    private Probe Create(string script, TimeSpan? patience = null, string program = "/bin/sh")
    {
        var launcher = new ProbeLauncher(program, ["-c", script], new Dictionary<string, string>());
        var probe = new Probe("test", "the test", "Call a doctor.", launcher, _time) { Patience = patience ?? TimeSpan.FromSeconds(10) };
        _probes.Add(probe);
        return probe;
    }

    // Neither running nor a zombie: the runtime has taken note of its end.
    private static void AssertGone(int process) => Assert.True(
        SpinWait.SpinUntil(() => !Directory.Exists("/proc/" + process.ToString(CultureInfo.InvariantCulture)), s_long), $"process {process} is still there");
}
