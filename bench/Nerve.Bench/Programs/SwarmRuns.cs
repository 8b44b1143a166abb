using System.Text.Json;
using Nerve.Bench.Scenarios;

namespace Nerve.Bench.Programs;

/// <summary>The same agents again and again, each sending its next heartbeat as soon as the last one is acknowledged.</summary>
/// <param name="Agents">How many, each with a link of its own.</param>
/// <param name="Values">In a sample.</param>
internal sealed record SwarmRuns(Site Site, string Token, int Agents, int Values)
{
    /// <summary>How many heartbeats the center has acknowledged over all runs, at the least.</summary>
    public long Acknowledged { get; private set; }

    /// <returns>Acknowledged heartbeats a second, once all agents are connected.</returns>
    public async Task<double> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var (log, report) = (Site.At("swarm.log"), Site.At("swarm.json"));
        File.Delete(report);
        await using var swarm = RunningProgram.Start(
            log, Built.Swarm,
            [
                "--server", Site.Url, "--agents", $"{Agents}", "--values", $"{Values}", "--interval", "0s", "--ramp", "2s", "--settle", "10s",
                "--duration", $"{duration.TotalSeconds}s", "--identities", Site.At("swarm-identities.json"), "--report", report,
            ],
            new Dictionary<string, string> { ["NERVE_TOKEN"] = Token });
        await swarm.WaitAsync(cancellationToken);
        if (!File.Exists(report))
        {
            throw new ScenarioSkippedException("the swarm left no report: " + string.Join(' ', File.ReadLines(log).TakeLast(3)));
        }

        using var found = JsonDocument.Parse(await File.ReadAllTextAsync(report, cancellationToken));
        Acknowledged += found.RootElement.GetProperty("acknowledged").GetInt64();
        return found.RootElement.GetProperty("acknowledgedPerSecond").GetDouble();
    }
}
