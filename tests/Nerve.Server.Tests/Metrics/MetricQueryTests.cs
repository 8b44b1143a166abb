using System.Net;
using System.Text.Json;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Metrics;

/// <summary>Series over time, with the means worked out by hand.</summary>
public sealed class MetricQueryTests(MeasuredAgent measured) : IClassFixture<MeasuredAgent>
{
    [Fact]
    public async Task Query_MinuteSteps_AreTheMeansOfTheirSamples()
    {
        var range = await QueryAsync($"name=cpu.used_percent&{measured.Range(0, 180)}&step=60s");

        // Minute 0: 10, 20 and one without a value; minute 1: 40 and 41; minute 2: nothing at all.
        Assert.Equal("[[0,15],[60,40.5]]", Points(range, "cpu.used_percent"));
        Assert.Equal(60, range.GetProperty("stepSeconds").GetDouble());
    }

    [Fact]
    public async Task Query_StepsWithSamplesButNoValue_AreNull()
    {
        var range = await QueryAsync($"name=gpu.temperature_celsius&{measured.Range(0, 180)}&step=1m");

        Assert.Equal("[[0,null],[60,71.3333]]", Points(range, "gpu.temperature_celsius"));
    }

    [Fact]
    public async Task Query_FineSteps_KeepEachSample()
    {
        var range = await QueryAsync($"name=cpu.used_percent&{measured.Range(0, 180)}&step=10");

        Assert.Equal("[[0,10],[10,20],[20,null],[60,40],[70,41],[80,null]]", Points(range, "cpu.used_percent"));
    }

    [Fact]
    public async Task Query_FromIsInAndToIsOut()
    {
        var range = await QueryAsync($"name=cpu.used_percent&{measured.Range(10, 70)}&step=10s");

        Assert.Equal("[[10,20],[20,null],[60,40]]", Points(range, "cpu.used_percent"));
    }

    [Fact]
    public async Task Query_BareName_MeansAllItsSeries()
    {
        var range = await QueryAsync($"name=filesystem.used_percent&{measured.Range(0, 60)}&step=60s");

        Assert.Equal(["filesystem.used_percent{mount=\"/\"}", "filesystem.used_percent{mount=\"/data\"}"], Names(range));
    }

    [Fact]
    public async Task Query_SeveralNames_AreAllAnswered_AndUnknownOnesAreNot()
    {
        var data = Uri.EscapeDataString("filesystem.used_percent{mount=\"/data\"}");
        var range = await QueryAsync($"name=cpu.used_percent&name={data}&name=cpu.used&name=no.such&{measured.Range(0, 60)}&step=60s");

        Assert.Equal(["cpu.used_percent", "filesystem.used_percent{mount=\"/data\"}"], Names(range));
    }

    [Fact]
    public async Task Query_WithoutAName_AnswersEverything()
    {
        var range = await QueryAsync($"{measured.Range(0, 60)}&step=60s");

        Assert.Equal(4, range.GetProperty("series").GetArrayLength());
    }

    [Fact]
    public async Task Query_WithoutARange_IsTheLastHour()
    {
        var range = await QueryAsync("name=cpu.used_percent");

        var (from, to) = (range.GetProperty("from").GetDateTimeOffset(), range.GetProperty("to").GetDateTimeOffset());
        Assert.Equal(TimeSpan.FromHours(1), to - from);
        Assert.Equal(10, range.GetProperty("stepSeconds").GetDouble());
        Assert.Single(Names(range));
    }

    [Fact]
    public async Task Query_EmptyRange_HasNoSeries()
    {
        var range = await QueryAsync("from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");

        Assert.Equal(0, range.GetProperty("series").GetArrayLength());
    }

    [Fact]
    public async Task Latest_IsTheNewestSampleWithItsNulls()
    {
        var latest = await measured.Viewer.GetJsonAsync($"/api/v1/agents/{measured.AgentId}/metrics/latest");

        Assert.Equal(measured.Start.AddSeconds(80), latest.GetProperty("at").GetDateTimeOffset());
        Assert.Equal(JsonValueKind.Null, latest.GetProperty("values").GetProperty("cpu.used_percent").ValueKind);
        Assert.Equal(72, latest.GetProperty("values").GetProperty("gpu.temperature_celsius").GetDouble());
    }

    [Fact]
    public async Task Query_UnknownAgent_IsNotFound() =>
        await (await measured.Viewer.GetAsync($"/api/v1/agents/{Guid.CreateVersion7()}/metrics", TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.NotFound, "agent.unknown");

    private Task<JsonElement> QueryAsync(string query) => measured.Viewer.GetJsonAsync($"/api/v1/agents/{measured.AgentId}/metrics?{query}");

    private static IEnumerable<string?> Names(JsonElement range) =>
        range.GetProperty("series").EnumerateArray().Select(series => series.GetProperty("name").GetString());

    /// <summary>With seconds since the first sample instead of Unix milliseconds.</summary>
    private string Points(JsonElement range, string name)
    {
        var series = range.GetProperty("series").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
        var points = series.GetProperty("points").EnumerateArray().Select(point =>
            $"[{(point[0].GetInt64() - measured.Start.ToUnixTimeMilliseconds()) / 1000},{point[1].GetRawText()}]");
        return $"[{string.Join(',', points)}]";
    }
}

/// <summary>One agent with six samples in two minutes, nine minutes ago.</summary>
public sealed class MeasuredAgent : IAsyncLifetime
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(
        ["cpu.used_percent", "gpu.temperature_celsius", "filesystem.used_percent{mount=\"/\"}", "filesystem.used_percent{mount=\"/data\"}"]);

    private TestCenter _center = null!;

    public HttpClient Viewer { get; private set; } = null!;

    public Guid AgentId { get; private set; }

    /// <summary>A whole minute.</summary>
    public DateTimeOffset Start { get; } = DateTimeOffset.FromUnixTimeSeconds((DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60 * 60) - 600);

    public string Range(int from, int to) => $"from={Start.AddSeconds(from).UtcDateTime:O}&to={Start.AddSeconds(to).UtcDateTime:O}";

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync();
        Viewer = _center.Client(Role.Viewer);
        await using var agent = await _center.JoinAsync("measured");
        AgentId = agent.Id;
        await agent.Heartbeat(new Heartbeat(1, s_schema,
        [
            Sample(0, 10, null), Sample(10, 20, null), Sample(20, null, null), Sample(60, 40, 71), Sample(70, 41, 71), Sample(80, null, 72),
        ]));
    }

    public async ValueTask DisposeAsync()
    {
        Viewer.Dispose();
        await _center.DisposeAsync();
    }

    private MetricSample Sample(int second, double? cpu, double? gpu) => new(Start.AddSeconds(second), s_schema.Id, [cpu, gpu, 50, 75]);
}
