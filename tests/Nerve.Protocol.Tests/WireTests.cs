using System.Text.Json;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;

namespace Nerve.Protocol.Tests;

/// <summary>What is on the wire is frozen: agents of one version meet centers of another.</summary>
public class WireTests
{
    [Fact]
    public void RunState_Names_AreFrozen() =>
        Assert.Equal(
            ["Pending=0", "Running=1", "Succeeded=2", "Failed=3", "TimedOut=4", "Cancelled=5", "Expired=6", "Lost=7"],
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

    /// <summary>Expected value: <c>printf 'load.1m\nload.5m\n' | sha256sum | cut -c1-16</c>.</summary>
    [Fact]
    public void SchemaId_IsTheHashOfItsNames() =>
        Assert.Equal("5d3dcbec033bacc6", MetricSchema.IdOf(["load.1m", "load.5m"]));
}
