using System.Globalization;
using System.Text;
using Nerve.Agent.Disks;
using Nerve.Agent.Disks.Raid;
using Nerve.Agent.Gpu;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Ipmi;
using Nerve.Agent.Metrics;
using Nerve.Agent.Probes;
using Nerve.Agent.Tests.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Tests.Fuzzing;

/// <summary>What tools, devices and the kernel's log said on captured machines, damaged: nothing crashes who reads it, and what is read can be sent.
/// The same cases each time, as in <see cref="DamagedMachineTests"/>.</summary>
public sealed class DamagedOutputTests
{
    private const int DefaultCases = 4000;
    private const int DefaultSeed = 20_251_128;

    private static readonly string[] s_smart = ["smartctl_exporter", "scrutiny", "telegraf-smartctl", "libblockdev-smart", "netdata-smartctl", "beszel-smart"];

    [Fact]
    public void Smartctl_DamagedOutput_IsAReadingOrAProblem() => Try(Outputs("*.json", s_smart), output =>
    {
        var health = SmartDocument.Parse(output, out var failure);
        Assert.True(health is not null || !string.IsNullOrWhiteSpace(failure), "Neither a reading nor why there is none.");
        Send(new ProbeReply { Smart = health is null ? new Dictionary<string, SmartInfo>() : new Dictionary<string, SmartInfo> { ["sda"] = health } });
        Sample(new SmartMetrics(() => health is null ? new Dictionary<string, SmartInfo>() : new Dictionary<string, SmartInfo> { ["sda"] = health }));
        if (SmartIdentity.Parse(output) is { } disk)
        {
            Assert.False(disk.SizeBytes < 0);
            Send(new ProbeReply { Disks = [disk] });
        }

        MemberSearch.Listed(output);
    });

    [Fact]
    public void RaidTools_DamagedOutput_NeverCrash()
    {
        using var tree = new TemporaryTree();
        var names = new KernelNames(tree.Root);
        Try(Outputs("*", ["netdata-raid"]), output =>
        {
            foreach (var report in new[] { StorCli.Parse(output, names), SsaCli.Parse(output, names) }.OfType<RaidReport>())
            {
                Send(new ProbeReply { Raids = report.Raids, Controllers = report.Controllers });
                Sample(new RaidReportMetrics(() => report));
            }
        });
    }

    [Fact]
    public void AmdTools_DamagedOutput_NeverCrash() => Try(Outputs("*.json", ["telegraf-rocm-smi"]), output =>
    {
        Send(new ProbeReply { Gpus = RocmSmi.Parse(output) });
        Send(new ProbeReply { Gpus = AmdSmi.Parse(output) });
    });

    [Fact]
    public void KernelLog_DamagedLines_NeverCrash() => Try(Outputs("*", ["gpud-xid"]), output =>
    {
        foreach (var line in Encoding.UTF8.GetString(output).Split('\n'))
        {
            _ = XidLine.Parse(line);
        }
    });

    /// <summary>What device, LAN channel and its parameters answer, each in the place of any other.</summary>
    [Fact]
    public void ManagementController_DamagedAnswers_NeverCrash()
    {
        byte[][] answers =
        [
            [0, 0x20, 0x01, 0x01, 0x71, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x64, 0x09, 0, 0, 0, 0], [0, 2, 0x04, 0x01, 0x80, 0xF2, 0x1B, 0x00, 0x00, 0x00],
            [0, 0x11, 10, 236, 129, 162], [0, 0x11, 0x3C, 0xEC, 0xEF, 0x45, 0x6F, 0x91], [0, 0x11, 2], [0, 0x11, 0x31, 0x81], [0xC0], [],
        ];
        var turn = 0;
        Try(answers, answer => Send(new ProbeReply { Bmc = IpmiProbe.Describe(_ => turn++ % 3 == 0 ? answer : answers[turn % answers.Length]) }));
    }

    private static void Try(IReadOnlyList<byte[]> outputs, Action<byte[]> read)
    {
        Assert.SkipWhen(outputs.Count == 0, "No captured outputs: put them into shared/fixtures beside the repository, or set NERVE_FIXTURES.");
        var seed = Setting("NERVE_FUZZ_SEED") ?? DefaultSeed;
        var random = new Random(seed);
        for (var i = 0; i < (Setting("NERVE_FUZZ_CASES") ?? DefaultCases); i++)
        {
            var output = outputs[random.Next(outputs.Count)];
            var damaged = (i % 2 == 0 ? DamagedJson.Damage(random, output) : null) ?? DamagedFiles.Damage(random, output) ?? [];
            try
            {
                read(damaged);
            }
            catch (Exception e)
            {
                Assert.Fail($"Case {i} with the seed {seed}, {Encoding.UTF8.GetString(damaged)}: {e}");
            }
        }
    }

    private static List<byte[]> Outputs(string pattern, string[] sources) =>
    [
        .. Fixtures.CasesWith(pattern, sources).Select(row => row.Data).Where(name => name is not null)
            .SelectMany(name => Directory.GetFiles(Fixtures.FolderOf(name), pattern, SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != "case.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
    ];

    /// <summary>As a probe sends it and the agent reads it.</summary>
    private static void Send(ProbeReply reply) => ProbeReply.Parse(reply.ToLine().AsSpan()[..^1]);

    private static void Sample(IMetricSource source)
    {
        var builder = new SampleBuilder(TimeProvider.System);
        builder.Begin();
        source.Read(builder);
        Assert.All(builder.End(DateTimeOffset.UnixEpoch).Values, value => Assert.True(value is null || double.IsFinite(value.Value)));
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : null;
}
