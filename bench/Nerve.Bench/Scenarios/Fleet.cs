using System.Runtime.CompilerServices;
using System.Text.Json;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>Many agents at once on the embedded database, as fast as the center takes their heartbeats.</summary>
internal sealed class Fleet : IScenario
{
    public string Name => "fleet";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var site = new Site();
        var token = await site.EnrolTokenAsync(cancellationToken);
        var center = await site.StartCenterAsync(cancellationToken, "--heartbeat-interval", "30s");
        var report = site.At("swarm.json");
        await using var swarm = RunningProgram.Start(
            site.At("swarm.log"), Built.Swarm,
            ["--agents", $"{plan.Agents}", "--server", site.Url, "--center-pid", $"{center.Pid}", "--duration", $"{plan.Watch.TotalSeconds}s", "--report", report],
            new Dictionary<string, string> { ["NERVE_TOKEN"] = token });
        await swarm.WaitAsync(cancellationToken);
        if (!File.Exists(report))
        {
            throw new ScenarioSkippedException("the swarm left no report: " + string.Join(' ', File.ReadLines(site.At("swarm.log")).TakeLast(3)));
        }

        using var found = JsonDocument.Parse(await File.ReadAllTextAsync(report, cancellationToken));
        var root = found.RootElement;
        var latency = root.GetProperty("beatMilliseconds");
        var use = root.GetProperty("center");
        var what = $"{plan.Agents} agents at 30 s on SQLite";
        yield return new Measurement($"{what}: heartbeat to acknowledgement, median", "ms", null, [latency.GetProperty("p50").GetDouble()]);
        yield return new Measurement($"{what}: the same, 99 of 100", "ms", null, [latency.GetProperty("p99").GetDouble()]);
        yield return new Measurement($"{what}: center", "cores", null, [use.GetProperty("cores").GetDouble()]);
        yield return new Measurement($"{what}: center, resident", "MiB", null, [use.GetProperty("residentBytes").GetDouble() / 1048576]);
    }
}
