using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>A center with one agent of this machine, both with default settings, watched for a while after they have settled.
/// Where there is a C compiler, the agent has eight GPUs to look after, played by a library of the tests.</summary>
internal sealed class AtRest : IScenario
{
    private const string Shell = "while :; do cat /proc/stat /proc/meminfo /proc/vmstat /proc/diskstats /proc/net/dev /proc/mounts >/dev/null; sleep 10; done";
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);

    public string Name => "at-rest";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var site = new Site();
        var token = await site.EnrolTokenAsync(cancellationToken);
        var center = await site.StartCenterAsync(cancellationToken);
        var gpus = FakeGpus.Build(site.At("nvml"), count: 8);
        var agent = site.StartAgent(token, gpus?.Environment);
        var url = $"http://127.0.0.1:{Site.FreePort()}";
        await using var empty = RunningProgram.Start(site.At("empty.log"), Built.Bench, ["empty-server", url]);
        await using var shell = RunningProgram.Start(site.At("shell.log"), "/bin/sh", ["-c", Shell]);
        await Site.ReadyAsync(url, empty, cancellationToken);
        await Task.Delay(s_settle, cancellationToken);

        var (agentFrom, treeFrom, centerFrom, shellFrom) = (Use.Of(agent.Pid), Use.OfTree(agent.Pid), Use.Of(center.Pid), Use.OfTree(shell.Pid));
        List<double> agents = [], centers = [], empties = [], probes = [];
        for (var passed = TimeSpan.Zero; passed < plan.Watch; passed += s_look)
        {
            await Task.Delay(s_look, cancellationToken);
            agents.Add(Use.Of(agent.Pid).ResidentMebibytes);
            probes.Add(Use.OfTree(agent.Pid).ResidentMebibytes - agents[^1]);
            centers.Add(Use.Of(center.Pid).ResidentMebibytes);
            empties.Add(Use.Of(empty.Pid).ResidentMebibytes);
        }

        var what = gpus is null ? "agent" : "agent with 8 fake GPUs";
        var reading = Percent(shellFrom, Use.OfTree(shell.Pid));
        yield return new Measurement($"{what}, resident", "MiB", 25, agents);
        yield return new Measurement("its probe processes together, resident", "MiB", null, probes);
        yield return new Measurement($"{what}, CPU", "% of a core", 0.1, [Percent(agentFrom, Use.Of(agent.Pid))], "a shell that reads six files every 10 s", [reading]);
        yield return new Measurement("the same with its probes, CPU", "% of a core", null, [Percent(treeFrom, Use.OfTree(agent.Pid))], "the shell", [reading]);
        yield return new Measurement("center with one agent, resident", "MiB", 150, centers, "an empty ASP.NET Core program", empties);
        yield return new Measurement("center with one agent, CPU", "% of a core", null, [Percent(centerFrom, Use.Of(center.Pid))]);

        double Percent(Use from, Use to) => (to.Cpu - from.Cpu) / plan.Watch * 100;
    }
}
