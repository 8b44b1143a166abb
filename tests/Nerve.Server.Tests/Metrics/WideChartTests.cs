using System.Net;
using Nerve.Protocol.Metrics;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Metrics;

/// <summary>A host with as many series as there may be: one question must not take the center's memory.</summary>
public sealed class WideChartTests : IAsyncLifetime
{
    private const int Samples = 62;

    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly MetricSchema s_schema = MetricSchema.Of(
        [.. Enumerable.Range(0, MetricSchema.MaxSeries).Select(i => $"disk.busy_percent{{disk=\"d{i}\"}}")]);

    private readonly TestClock _time = new() { Wall = s_start.AddHours(1) };
    private TestCenter _center = null!;
    private HttpClient _viewer = null!;
    private Guid _agent;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time);
        _viewer = _center.Client(Role.Viewer);
        _agent = (await _center.EnrolAsync("wide")).Id;
        await _center.Get<SchemaCatalogue>().AddAsync(s_schema, TestCenter.Cancelled);
        var values = Enumerable.Repeat<double?>(1, MetricSchema.MaxSeries).ToList();
        Assert.True(await _center.Get<HeartbeatPipeline>().WriteAsync(
            new HeartbeatWrite(
                _agent, _time.GetUtcNow(),
                [.. Enumerable.Range(0, Samples).Select(i => new MetricSample(s_start.AddSeconds(10 * i), s_schema.Id, values))]),
            TestCenter.Cancelled));
    }

    public async ValueTask DisposeAsync()
    {
        _viewer.Dispose();
        await _center.DisposeAsync();
    }

    [Fact]
    public async Task Query_MorePointsThanAnAnswerHolds_IsRefusedAndSaysWhatToDo()
    {
        using var answer = await AskAsync("step=10s");

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        var detail = problem.GetProperty("detail").GetString()!;
        Assert.Contains("250000 points for all series together", detail, StringComparison.Ordinal);
        Assert.Contains("'name'", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step=20s", MetricSchema.MaxSeries)]
    [InlineData("step=10s&name=disk.busy_percent{disk=\"d7\"}", 1)]
    public async Task Query_WithWhatItIsToldToDo_IsAnswered(string query, int series)
    {
        using var answer = await AskAsync(query);

        Assert.Equal(series, (await answer.JsonAsync()).GetProperty("series").GetArrayLength());
    }

    private Task<HttpResponseMessage> AskAsync(string query) => _viewer.GetAsync(
        $"/api/v1/agents/{_agent}/metrics?{query}&from={s_start.UtcDateTime:O}&to={s_start.AddHours(1).UtcDateTime:O}", TestCenter.Cancelled);
}
