using Nerve.Protocol.Metrics;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Metrics;

/// <summary>Charts through the whole center, on a clock that goes by days: from the pipeline to the answer.</summary>
public sealed class RolledUpChartTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent", "load.1m"]);

    private readonly TestClock _time = new() { Wall = s_start };
    private TestCenter _center = null!;
    private Guid _agent;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time);
        _agent = (await _center.EnrolAsync("charted")).Id;
        await _center.Get<SchemaCatalogue>().AddAsync(s_schema, TestCenter.Cancelled);
    }

    public ValueTask DisposeAsync() => _center.DisposeAsync();

    [Fact]
    public async Task Query_WhenTheSamplesAreGone_AnswersFromRollUps()
    {
        await WriteAsync((0, 10), (60, 30), (600, 80));
        await PassAsync(days: 10);
        Assert.Empty(await _center.Get<IMetricStore>().ReadAsync(_agent, s_start, _time.GetUtcNow(), 10, TestCenter.Cancelled));

        Assert.Equal("[[0,20],[600,80]]", await PointsAsync("step=5m", 0, 3600));
        Assert.Equal("[[0,40]]", await PointsAsync("step=1h", 0, 3600));
        Assert.Equal("[[0,80]]", await PointsAsync("step=1h&value=max", 0, 3600));
        Assert.Equal("[[0,10]]", await PointsAsync("step=1d&value=min", 0, 86400));
        Assert.Equal("[[0,2],[600,1]]", await PointsAsync("step=5m&value=count", 0, 3600));
        Assert.Equal("[[0,20],[600,80]]", await PointsAsync("step=60s", 0, 3600)); // as fine as there is
    }

    [Fact]
    public async Task Query_WhenFiveMinutesAreGoneToo_AnswersFromHours()
    {
        await WriteAsync((0, 10), (60, 30), (600, 80));
        await PassAsync(days: 40);

        Assert.Equal("[[0,40]]", await PointsAsync("step=5m", 0, 3600));
    }

    [Fact]
    public async Task Query_MoreRollUpsThanAreReadAtOnce_AnswersFromAllOfThem()
    {
        var hours = Enumerable.Range(0, 300).ToList();
        await WriteAsync([.. hours.Select(hour => (hour * 3600, (double)hour))]);
        await PassAsync(days: 14);

        Assert.Equal($"[{string.Join(',', hours.Select(hour => $"[{hour * 3600},{hour}]"))}]", await PointsAsync("step=1h", 0, 300 * 3600));
    }

    /// <summary>Before and after the hour was rolled up, and with samples that came late.</summary>
    [Fact]
    public async Task Query_AtEveryMoment_SeesEverySample()
    {
        await WriteAsync((0, 10), (60, 30));
        Assert.Equal("[[0,20]]", await PointsAsync("step=1h", 0, 3600));

        await PassAsync(hours: 2);
        Assert.Equal("[[0,20]]", await PointsAsync("step=1h", 0, 3600));

        await WriteAsync((120, 50));
        Assert.Equal("[[0,30]]", await PointsAsync("step=1h", 0, 3600));
        await PassAsync(hours: 3);
        Assert.Equal("[[0,30]]", await PointsAsync("step=1h", 0, 3600));
        Assert.Empty(await _center.Get<IRollUpStore>().StaleOfAsync(_agent, s_start, _time.GetUtcNow(), 10, TestCenter.Cancelled));
    }

    [Fact]
    public async Task Write_ManySamplesOfOneHour_MarksItOnceUntilItIsOver()
    {
        await WriteAsync((0, 1));
        var first = await MarkedAtAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await WriteAsync((60, 1));
        Assert.Equal(first, await MarkedAtAsync());

        _time.Advance(TimeSpan.FromHours(1));
        await WriteAsync((120, 1));
        Assert.Equal(_time.GetUtcNow(), await MarkedAtAsync());
    }

    private async Task<DateTimeOffset> MarkedAtAsync() =>
        Assert.Single(await _center.Get<IRollUpStore>().StaleAsync(_time.GetUtcNow().AddSeconds(1), DateTimeOffset.MaxValue, 10, TestCenter.Cancelled)).MarkedAt;

    private async Task WriteAsync(params (int Second, double Cpu)[] samples) => Assert.True(await _center.Get<HeartbeatPipeline>().WriteAsync(
        new HeartbeatWrite(
            _agent, _time.GetUtcNow(), [.. samples.Select(sample => new MetricSample(s_start.AddSeconds(sample.Second), s_schema.Id, [sample.Cpu, null]))]),
        TestCenter.Cancelled));

    /// <summary>The background work of that time, which runs by the machine's clock.</summary>
    private async Task PassAsync(int days = 0, int hours = 0)
    {
        _time.Advance(TimeSpan.FromHours(2));
        await _center.Get<RollUpJob>().RunAsync(TestCenter.Cancelled);
        _time.Advance(TimeSpan.FromHours((days * 24) + hours - 2));
        await _center.Get<RollUpJob>().RunAsync(TestCenter.Cancelled);
        var now = _time.GetUtcNow();
        await _center.Get<IMetricStore>().PruneAsync(now.AddDays(-7), 1000, TestCenter.Cancelled);
        await _center.Get<IRollUpStore>().PruneAsync(RollUpLevel.FiveMinutes, now.AddDays(-30), 1000, TestCenter.Cancelled);
    }

    private async Task<string> PointsAsync(string query, int from, int to)
    {
        using var viewer = _center.Client(Role.Viewer);
        var range = await viewer.GetJsonAsync(
            $"/api/v1/agents/{_agent}/metrics?name=cpu.used_percent&{query}&from={s_start.AddSeconds(from).UtcDateTime:O}&to={s_start.AddSeconds(to).UtcDateTime:O}");
        var points = range.GetProperty("series").EnumerateArray().SelectMany(series => series.GetProperty("points").EnumerateArray())
            .Select(point => $"[{(point[0].GetInt64() - s_start.ToUnixTimeMilliseconds()) / 1000},{point[1].GetRawText()}]");
        return $"[{string.Join(',', points)}]";
    }
}
