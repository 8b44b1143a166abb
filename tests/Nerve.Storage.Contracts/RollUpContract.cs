using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;

namespace Nerve.Storage.Contracts;

/// <summary>Hours that are stale, and what is rolled up of them, with the statistics worked out by hand.</summary>
public abstract class RollUpContract : StoreContract
{
    /// <summary>Begins more than an hour before <see cref="Build.Now"/> (15:09).</summary>
    private static readonly DateTimeOffset s_hour = new(2026, 3, 14, 13, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Build.Now);

    private RetentionSettings Keep { get; } = new();

    [Fact]
    public async Task Run_AnHourOfSamples_GivesWindowsOfFiveMinutesAndOfAnHour()
    {
        var agent = await AgentAsync();
        await WriteAsync(agent, s_hour, At(0, 10, 1), At(299, 40, null), At(300, 7, 2), At(3599, 3, 6), At(3600, 999, 999), At(-1, 999, 999));

        await RunAsync();

        var five = Assert.Single(await ReadAsync(agent, RollUpLevel.FiveMinutes));
        Assert.Equal(new Statistics(2, 10, 40, 25), five.Of(0, 0, 2));
        Assert.Equal(new Statistics(1, 1, 1, 1), five.Of(0, 1, 2));
        Assert.Equal(new Statistics(1, 7, 7, 7), five.Of(1, 0, 2));
        Assert.Equal(0, five.Of(2, 0, 2).Count);
        Assert.Equal(new Statistics(1, 3, 3, 3), five.Of(11, 0, 2));
        var hour = Assert.Single(await ReadAsync(agent, RollUpLevel.OneHour));
        Assert.Equal(new Statistics(4, 3, 40, 15), hour.Of(0, 0, 2)); // (10 + 40 + 7 + 3) / 4: each sample weighs the same
        Assert.Equal(new Statistics(3, 1, 6, 3), hour.Of(0, 1, 2));
        Assert.Equal((s_hour, Build.Schema.Id), (hour.Hour, hour.Schema));
    }

    [Fact]
    public async Task Run_Again_ChangesNothing()
    {
        var agent = await AgentAsync();
        await WriteAsync(agent, s_hour, At(0, 10, 1), At(600, 20, 1));
        await RunAsync();
        var before = await ReadAsync(agent, RollUpLevel.FiveMinutes);

        await MarkAsync(agent, s_hour);
        await RunAsync();

        var after = await ReadAsync(agent, RollUpLevel.FiveMinutes);
        Assert.Equal(before.Select(rollUp => Convert.ToHexString(rollUp.Values)), after.Select(rollUp => Convert.ToHexString(rollUp.Values)));
        Assert.Empty(await StaleAsync(agent));
    }

    [Fact]
    public async Task Run_ASampleThatCameDaysLate_IsRolledUpToo()
    {
        var agent = await AgentAsync();
        var hour = s_hour.AddDays(-4);
        await WriteAsync(agent, hour, At(0, 10, 1));
        await RunAsync();

        await WriteAsync(agent, hour, At(60, 30, 1));
        Assert.Equal([hour], await StaleAsync(agent));
        await RunAsync();

        Assert.Equal(new Statistics(2, 10, 30, 20), Assert.Single(await ReadAsync(agent, RollUpLevel.OneHour)).Of(0, 0, 2));
        Assert.Empty(await StaleAsync(agent));
    }

    [Fact]
    public async Task Run_AnHourThatIsNotOverOrWhoseSamplesJustCame_IsLeftAlone()
    {
        var agent = await AgentAsync();
        await WriteAsync(agent, s_hour.AddHours(2), At(0, 1, 1));
        await WriteAsync(agent, s_hour, At(0, 1, 1));

        Assert.Equal(0, await Job().RunAsync(Cancel));
        _time.Advance(RollUpJob.Rest);
        Assert.Equal(1, await Job().RunAsync(Cancel));

        Assert.Equal([s_hour.AddHours(2)], await StaleAsync(agent));
    }

    [Fact]
    public async Task Run_AnHourWhoseSamplesExpire_KeepsTheRollUpThatIsThere()
    {
        var agent = await AgentAsync();
        var hour = Hours.Of(Build.Now - Keep.Samples);
        await WriteAsync(agent, hour, At(3000, 50, 1));
        var whole = new RollUp(agent, RollUpLevel.OneHour, hour, Build.Schema.Id, RollUp.Pack([[new(360, 0, 100, 50), new(360, 1, 1, 1)]]));
        await Stores.RollUps.WriteAsync([whole], [], Cancel);

        await RunAsync();

        Assert.Equal(360, Assert.Single(await ReadAsync(agent, RollUpLevel.OneHour)).Of(0, 0, 2).Count);
        Assert.Empty(await StaleAsync(agent));
    }

    [Fact]
    public async Task Run_TheAgentsSeriesChangedWithinTheHour_KeepsThemAll()
    {
        var agent = await AgentAsync();
        var other = MetricSchema.Of(["gpu.power_watts{gpu=\"0\"}", "load.1m"]);
        await Stores.Metrics.AddSchemaAsync(other, Cancel);
        await WriteAsync(agent, s_hour, At(0, 10, 1), At(60, 0, 0) with { Schema = other.Id, Values = [300, 3] });

        await RunAsync();

        var hour = Assert.Single(await ReadAsync(agent, RollUpLevel.OneHour));
        var series = (await Stores.Metrics.FindSchemaAsync(hour.Schema, Cancel))!.Series;
        Assert.Equal(["cpu.used_percent", "gpu.power_watts{gpu=\"0\"}", "load.1m"], series);
        Assert.Equal([new(1, 10, 10, 10), new(1, 300, 300, 300), new(2, 1, 3, 2)], Enumerable.Range(0, 3).Select(i => hour.Of(0, i, 3)));
    }

    [Fact]
    public async Task Run_TwoCentersAtOnce_GiveWhatOneGives()
    {
        var agents = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AgentAsync()));
        foreach (var agent in agents)
        {
            await WriteAsync(agent, s_hour, At(0, 10, 1), At(1, 20, 1));
        }

        _time.Advance(RollUpJob.Rest);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Job().RunAsync(Cancel)));

        foreach (var agent in agents)
        {
            Assert.Equal(new Statistics(2, 10, 20, 15), Assert.Single(await ReadAsync(agent, RollUpLevel.OneHour)).Of(0, 0, 2));
            Assert.Empty(await StaleAsync(agent));
        }
    }

    [Fact]
    public async Task Write_CancelledHalfway_LeavesNothingHalf()
    {
        var agent = Build.Id();
        await Stores.Agents.AddAsync(Build.Agent(agent), Cancel);
        var hours = Enumerable.Range(1, 20).Select(back => Hours.Of(Build.Now).AddHours(-back)).ToList();
        using var batch = new CancelledHalfway<RollUp>([.. hours.Select(hour => new RollUp(agent, RollUpLevel.OneHour, hour, Build.Schema.Id, [1, 2]))]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.RollUps.WriteAsync(batch, [], batch.Token));

        Assert.Empty(await Stores.RollUps.ReadAsync(agent, RollUpLevel.OneHour, hours[^1], Build.Now, 100, Cancel));
    }

    [Fact]
    public async Task Write_AnHourThatWasMarkedAgain_StaysStale()
    {
        var agent = await AgentAsync();
        await MarkAsync(agent, s_hour);
        var seen = Assert.Single(await Stores.RollUps.StaleAsync(Build.Now, Build.Now, 10, Cancel));
        _time.Advance(TimeSpan.FromSeconds(1));
        await MarkAsync(agent, s_hour);

        await Stores.RollUps.WriteAsync([], [seen], Cancel);

        Assert.Equal([s_hour], await StaleAsync(agent));
    }

    [Fact]
    public async Task Mark_OfSeveral_TheLatestStays_AndUnknownAgentsHaveNone()
    {
        var agent = await AgentAsync();
        var unknown = Build.Id();
        await Stores.Heartbeats.WriteAsync(
            [
                Marked(agent, new StaleHour(agent, s_hour, Build.Now.AddSeconds(5))),
                Marked(agent, new StaleHour(agent, s_hour, Build.Now)),
                Marked(unknown, new StaleHour(unknown, s_hour, Build.Now)),
            ],
            Cancel);

        Assert.Equal([new StaleHour(agent, s_hour, Build.Now.AddSeconds(5))], await Stores.RollUps.StaleAsync(Build.Now, Build.Now.AddDays(1), 10, Cancel));
    }

    [Fact]
    public async Task Stale_InPages_IsOldestFirst()
    {
        var agent = await AgentAsync();
        foreach (var hours in new[] { 3, 1, 2, 5, 4 })
        {
            await MarkAsync(agent, s_hour.AddHours(-hours));
        }

        Assert.Equal([s_hour.AddHours(-5), s_hour.AddHours(-4)], (await Stores.RollUps.StaleAsync(s_hour, Build.Now, 2, Cancel)).Select(stale => stale.Hour));
        Assert.Equal(
            [s_hour.AddHours(-3), s_hour.AddHours(-2)],
            await Stores.RollUps.StaleOfAsync(agent, s_hour.AddHours(-3), s_hour.AddHours(-1), 10, Cancel));
        Assert.Empty(await Stores.RollUps.StaleOfAsync(Build.Id(), DateTimeOffset.UnixEpoch, Build.Now, 10, Cancel));
    }

    [Fact]
    public async Task Prune_ALevel_RemovesItsOldHoursAndNoOthers()
    {
        var agents = new[] { Build.Id(), Build.Id() };
        var hours = Enumerable.Range(0, 6).Select(i => s_hour.AddHours(-i)).ToList();
        await Stores.RollUps.WriteAsync(
            [.. from agent in agents from level in RollUpLevels.All from hour in hours select new RollUp(agent, level, hour, "schema", [1, 2, 3])], [], Cancel);

        var steps = 0;
        while (await Stores.RollUps.PruneAsync(RollUpLevel.FiveMinutes, hours[2], 3, Cancel) > 0)
        {
            Assert.True(++steps < 100, "Pruning never comes to an end.");
        }

        foreach (var agent in agents)
        {
            Assert.Equal([hours[2], hours[1], hours[0]], (await ReadAsync(agent, RollUpLevel.FiveMinutes)).Select(rollUp => rollUp.Hour));
            Assert.Equal(6, (await ReadAsync(agent, RollUpLevel.OneHour)).Count);
        }
    }

    [Fact]
    public async Task DeleteAgent_RemovesItsRollUpsAndMarks()
    {
        var agent = await AgentAsync();
        await WriteAsync(agent, s_hour, At(0, 1, 1));
        await RunAsync();
        await MarkAsync(agent, s_hour);

        await Stores.Agents.DeleteAsync(agent, Build.Now, Cancel);

        Assert.Empty(await ReadAsync(agent, RollUpLevel.OneHour));
        Assert.Empty(await ReadAsync(agent, RollUpLevel.FiveMinutes));
        Assert.Empty(await StaleAsync(agent));
    }

    private static MetricSample At(int second, double? cpu, double? load) => Build.Sample(DateTimeOffset.UnixEpoch.AddSeconds(second), cpu, load);

    private static Server.Ingestion.HeartbeatWrite Marked(Guid agent, params StaleHour[] hours) =>
        Build.Heartbeat(agent, Build.Now) with { StaleHours = hours };

    private async Task<Guid> AgentAsync()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);
        await Stores.Metrics.AddSchemaAsync(Build.Schema, Cancel);
        return agent.Id;
    }

    /// <summary>Samples by their seconds since the hour, which they make stale.</summary>
    private Task WriteAsync(Guid agent, DateTimeOffset hour, params MetricSample[] samples) => Stores.Heartbeats.WriteAsync(
        [
            Build.Heartbeat(agent, _time.GetUtcNow(), [.. samples.Select(sample => sample with { At = hour + (sample.At - DateTimeOffset.UnixEpoch) })]) with
            {
                StaleHours = [new StaleHour(agent, hour, _time.GetUtcNow())],
            },
        ],
        Cancel);

    private Task MarkAsync(Guid agent, DateTimeOffset hour) =>
        Stores.Heartbeats.WriteAsync([Marked(agent, new StaleHour(agent, hour, _time.GetUtcNow()))], Cancel);

    private Task<IReadOnlyList<DateTimeOffset>> StaleAsync(Guid agent) =>
        Stores.RollUps.StaleOfAsync(agent, DateTimeOffset.UnixEpoch, Build.Now.AddDays(1), 100, Cancel);

    private Task<IReadOnlyList<RollUp>> ReadAsync(Guid agent, RollUpLevel level) =>
        Stores.RollUps.ReadAsync(agent, level, DateTimeOffset.UnixEpoch, Build.Now.AddDays(1), 100, Cancel);

    private RollUpJob Job() => new(Stores.Metrics, Stores.RollUps, new SchemaCatalogue(Stores.Metrics), Keep, _time);

    private async Task RunAsync()
    {
        _time.Advance(RollUpJob.Rest);
        await Job().RunAsync(Cancel);
    }
}
