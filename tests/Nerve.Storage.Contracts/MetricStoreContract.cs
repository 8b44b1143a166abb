using Nerve.Protocol.Metrics;

namespace Nerve.Storage.Contracts;

public abstract class MetricStoreContract : StoreContract
{
    [Fact]
    public async Task AddSchema_ManyAtOnceAndAgain_IsThereOnce()
    {
        var schema = MetricSchema.Of(["filesystem.used_percent{mount=\"/数据\"}", "load.1m"]);

        await Contention.RunAsync(_ => Stores.Metrics.AddSchemaAsync(schema, Cancel));
        await Stores.Metrics.AddSchemaAsync(schema, Cancel);

        var stored = await Stores.Metrics.FindSchemaAsync(schema.Id, Cancel);
        Assert.Equal(schema.Series, stored!.Series);
        Assert.Equal(schema.Id, stored.Id);
    }

    [Fact]
    public async Task AddSchema_TheLargest_ComesBackInItsOrder()
    {
        var schema = MetricSchema.Of([.. Enumerable.Range(0, MetricSchema.MaxSeries).Select(i => $"s{i}".PadRight(MetricSchema.MaxNameLength, 'x'))]);
        await Stores.Metrics.AddSchemaAsync(schema, Cancel);

        Assert.Equal(schema.Series, (await Stores.Metrics.FindSchemaAsync(schema.Id, Cancel))!.Series);
    }

    [Fact]
    public async Task FindSchema_Unknown_AnswersNull() => Assert.Null(await Stores.Metrics.FindSchemaAsync("0123456789abcdef", Cancel));

    [Fact]
    public async Task Read_ARange_TakesItsBeginAndLeavesItsEndOldestFirst()
    {
        var agent = await WriteAsync(50, 20, 30, 10, 40);

        var read = await Stores.Metrics.ReadAsync(agent, At(20), At(40), 100, Cancel);

        Assert.Equal([At(20), At(30)], read.Select(sample => sample.At));
        Assert.Equal(Build.Schema.Id, read[0].Schema);
    }

    [Fact]
    public async Task Read_ByPages_GoesThroughAllWithoutGapsOrRepeats()
    {
        var agent = await WriteAsync([.. Enumerable.Range(0, 23)]);
        await WriteAsync([.. Enumerable.Range(0, 23)]);
        var read = new List<DateTimeOffset>();

        while (await Stores.Metrics.ReadAsync(agent, read.Count == 0 ? At(0) : read[^1].AddMilliseconds(1), At(100), 5, Cancel) is { Count: > 0 } page)
        {
            Assert.True(page.Count <= 5);
            read.AddRange(page.Select(sample => sample.At));
        }

        Assert.Equal(Enumerable.Range(0, 23).Select(At), read);
    }

    [Fact]
    public async Task Read_UnknownAgent_IsEmpty()
    {
        Assert.Empty(await Stores.Metrics.ReadAsync(Build.Id(), DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 10, Cancel));
        Assert.Null(await Stores.Metrics.LatestAsync(Build.Id(), Cancel));
    }

    [Fact]
    public async Task Latest_WrittenInAnyOrder_IsTheNewest()
    {
        var agent = await WriteAsync(10, 30, 20);

        Assert.Equal(At(30), (await Stores.Metrics.LatestAsync(agent, Cancel))!.At);
    }

    [Fact]
    public async Task Prune_UntilNothingIsLeft_RemovesTheOldAndKeepsTheRest()
    {
        var days = Enumerable.Range(0, 10).Select(day => day * 86400);
        var agents = new[] { await WriteAsync([.. days]), await WriteAsync([.. days]) };
        var before = At(5 * 86400);

        var steps = 0;
        while (await Stores.Metrics.PruneAsync(before, 3, Cancel) > 0)
        {
            Assert.True(++steps < 100, "Pruning never comes to an end.");
        }

        foreach (var agent in agents)
        {
            var kept = await Stores.Metrics.ReadAsync(agent, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 100, Cancel);
            Assert.Equal(Enumerable.Range(5, 5).Select(day => At(day * 86400)), kept.Select(sample => sample.At).Where(at => at >= before));
            Assert.DoesNotContain(kept, sample => sample.At <= before.AddDays(-1));
        }
    }

    [Fact]
    public async Task Prune_NothingOld_RemovesNothing()
    {
        var agent = await WriteAsync(0);

        Assert.Equal(0, await Stores.Metrics.PruneAsync(At(0), 100, Cancel));
        Assert.NotNull(await Stores.Metrics.LatestAsync(agent, Cancel));
    }

    private static DateTimeOffset At(int second) => Build.Now.AddDays(-8).AddSeconds(second);

    private async Task<Guid> WriteAsync(params int[] seconds)
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);
        await Stores.Heartbeats.WriteAsync(
            [Build.Heartbeat(agent.Id, Build.Now, [.. seconds.Select(second => Build.Sample(At(second), second, null))])], Cancel);
        return agent.Id;
    }
}
