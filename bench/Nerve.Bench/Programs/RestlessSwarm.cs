using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Nerve.Bench.Programs;

/// <summary>A swarm that goes on until it is stopped, while centers come and go. It compares what it was promised with what they hold.</summary>
internal sealed class RestlessSwarm : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly RunningProgram _process;
    private readonly string _log;
    private readonly string _report;
    private readonly int _agents;

    private RestlessSwarm(RunningProgram process, string log, string report, int agents) => (_process, _log, _report, _agents) = (process, log, report, agents);

    public static RestlessSwarm Start(Site site, string servers, string token, string viewer, int agents, params string[] options)
    {
        var (log, report) = (site.At("swarm.log"), site.At("swarm.json"));
        var process = RunningProgram.Start(
            log, Built.Swarm, ["--server", servers, "--agents", $"{agents}", "--ramp", "20s", "--duration", "0s", "--report", report, .. options],
            new Dictionary<string, string> { ["NERVE_TOKEN"] = token, ["NERVE_API_TOKEN"] = viewer });
        return new RestlessSwarm(process, log, report, agents);
    }

    public int Pid => _process.Pid;

    /// <returns>How long it took until every agent was linked, to a second, which is how often the swarm says so.</returns>
    public async Task<TimeSpan> AllLinkedAsync(CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        await SaysAsync(linked => linked == _agents, cancellationToken);
        return Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>Until the swarm has noticed that links are gone.</summary>
    public Task SomeUnlinkedAsync(CancellationToken cancellationToken) => SaysAsync(linked => linked < _agents, cancellationToken);

    /// <summary>The swarm's report, after its end.</summary>
    public async Task<JsonElement> StopAsync(CancellationToken cancellationToken)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Pid}"]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        await _process.WaitAsync(cancellationToken);
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(_report, cancellationToken));
        return report.RootElement.Clone();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task SaysAsync(Func<int, bool> isSo, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!isSo(Linked()))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(begun) > s_patience)
            {
                throw new InvalidOperationException("The swarm did not get there: " + File.ReadLines(_log).LastOrDefault());
            }

            await Task.Delay(s_look, cancellationToken);
        }
    }

    private int Linked() =>
        File.Exists(_log) && File.ReadLines(_log).LastOrDefault(line => line.Contains(" connected, ", StringComparison.Ordinal)) is { } line
            ? int.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)
            : 0;
}
