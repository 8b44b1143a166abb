using System.Text.Json;
using System.Text.Json.Serialization;
using HdrHistogram;
using Spectre.Console;

namespace Nerve.Swarm.Measuring;

/// <summary>What a run of the swarm showed. Latencies in milliseconds.</summary>
internal sealed record SwarmReport(
    int Agents,
    int Seed,
    double Seconds,
    double SecondsUntilAllConnected,
    long Acknowledged,
    double AcknowledgedPerSecond,
    Percentiles BeatMilliseconds,
    Percentiles ConnectMilliseconds,
    long RunsStarted,
    long RunsAcknowledged,
    long ReportsRepeated,
    CenterUse? Center,
    double SwarmCores,
    IReadOnlyDictionary<string, long> Failures)
{
    /// <summary>Null when nobody could look.</summary>
    public Audit? Audit { get; init; }

    public void Print(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("what", "value");
        table.AddRow("agents", $"{Agents} (seed {Seed})");
        table.AddRow("all connected after", $"{SecondsUntilAllConnected:0.0} s");
        table.AddRow("heartbeats acknowledged", $"{Acknowledged} in {Seconds:0.0} s: {AcknowledgedPerSecond:0}/s");
        table.AddRow("heartbeat to acknowledgement", BeatMilliseconds.ToString());
        table.AddRow("connect to hello answered", ConnectMilliseconds.ToString());
        table.AddRow("runs started, results acknowledged", $"{RunsStarted}, {RunsAcknowledged} ({ReportsRepeated} reports repeated)");
        if (Center is { } center)
        {
            table.AddRow("center", $"{center.Cores:0.000} cores, {center.ResidentBytes / 1048576.0:0} MiB, {center.BytesPerAgent / 1024.0:0.0} KiB an agent");
        }

        if (Audit is { } audit)
        {
            table.AddRow("promised, held", $"{audit.Promised}, {audit.Held} samples: {audit.Lost} lost, {audit.Doubled} doubled");
            if (audit.NotCompared > 0)
            {
                table.AddRow("not compared", $"{audit.NotCompared} agents: no center said what it holds of them");
            }

            table.AddRow("called offline wrongly", $"{audit.FalselyOffline.Count} agents");
        }

        table.AddRow("swarm", $"{SwarmCores:0.000} cores");
        foreach (var (failure, count) in Failures.OrderByDescending(pair => pair.Value).Take(8))
        {
            table.AddRow(Markup.Escape(failure), $"{count} times");
        }

        console.Write(table);
    }

    public void Save(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, ReportJson.Default.SwarmReport) + "\n");
}

/// <param name="Cores">CPU seconds per second while all agents were connected.</param>
/// <param name="ResidentBytes">At the end.</param>
/// <param name="BytesPerAgent">What the process grew by from before the first agent, divided by the agents.</param>
internal sealed record CenterUse(double Cores, long ResidentBytes, double BytesPerAgent);

internal sealed record Percentiles(double P50, double P90, double P99, double Max)
{
    /// <summary>Of a copy: the agents go on recording. All zero when nothing was recorded.</summary>
    public static Percentiles Of(HistogramBase recording)
    {
        var histogram = recording.Copy();
        return histogram.TotalCount == 0 ? new Percentiles(0, 0, 0, 0) : new Percentiles(
            histogram.GetValueAtPercentile(50) / 1000.0, histogram.GetValueAtPercentile(90) / 1000.0,
            histogram.GetValueAtPercentile(99) / 1000.0, histogram.GetMaxValue() / 1000.0);
    }

    public override string ToString() => $"p50 {P50:0.0} ms, p90 {P90:0.0} ms, p99 {P99:0.0} ms, max {Max:0.0} ms";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(SwarmReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
