using Nerve.Protocol.Metrics;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Storage.Contracts;

public abstract class HeartbeatStoreContract : StoreContract
{
    /// <param name="others">How many more there are in the batch.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task Write_KnownAndUnknown_StoresTheKnownAndNamesTheUnknown(int others)
    {
        var known = await AddAgentAsync();
        var unknown = Build.Id();
        var hour = new DateTimeOffset(2026, 3, 14, 15, 0, 0, TimeSpan.Zero);

        var answer = await Stores.Heartbeats.WriteAsync(
            [
                Build.Heartbeat(unknown, Build.Now, Build.Sample(Build.Now)) with { StaleHours = [new(unknown, hour, Build.Now)] },
                Build.Heartbeat(known, Build.Now, Build.Sample(Build.Now)) with { StaleHours = [new(known, hour, Build.Now)] },
                Build.Heartbeat(unknown, Build.Now),
                .. (await AddAgentsAsync(others)).Select(other => Build.Heartbeat(other, Build.Now)),
            ],
            Cancel);

        Assert.Equal([unknown], answer);
        Assert.Null(await Stores.Agents.FindAsync(unknown, Cancel));
        Assert.Null(await Stores.Metrics.LatestAsync(unknown, Cancel));
        Assert.Equal(Build.Now, (await Stores.Agents.FindAsync(known, Cancel))!.LastSeenAt);
        Assert.NotNull(await Stores.Metrics.LatestAsync(known, Cancel));
        Assert.Equal(new StaleHour(known, hour, Build.Now), Assert.Single(await Stores.RollUps.StaleAsync(Build.Now, Build.Now, 10, Cancel)));
    }

    [Fact]
    public async Task Write_Nothing_AnswersNothing() => Assert.Empty(await Stores.Heartbeats.WriteAsync([], Cancel));

    [Fact]
    public async Task Write_TheSameMomentAgain_LeavesTheFirst()
    {
        var agent = await AddAgentAsync();
        await WriteAsync(agent, Build.Sample(Build.Now, 1, 1), Build.Sample(Build.Now, 2, 2));
        await WriteAsync(agent, Build.Sample(Build.Now, 3, 3), Build.Sample(Build.Now.AddSeconds(10), 4, 4));

        var stored = await ReadAsync(agent);

        Assert.Equal([1, 4], stored.Select(sample => sample.Values[0]));
    }

    [Fact]
    public async Task Write_TheSameAgentTwiceInABatch_StoresBoth()
    {
        var agent = await AddAgentAsync();

        await Stores.Heartbeats.WriteAsync(
            [
                Build.Heartbeat(agent, Build.Now.AddSeconds(5), Build.Sample(Build.Now)),
                Build.Heartbeat(agent, Build.Now.AddSeconds(2), Build.Sample(Build.Now), Build.Sample(Build.Now.AddSeconds(1))),
            ],
            Cancel);

        Assert.Equal(2, (await ReadAsync(agent)).Count);
        Assert.Equal(Build.Now.AddSeconds(5), (await Stores.Agents.FindAsync(agent, Cancel))!.LastSeenAt);
    }

    [Fact]
    public async Task Write_LateHeartbeat_NeverMovesLastSeenBack()
    {
        var agent = await AddAgentAsync();
        await Stores.Heartbeats.WriteAsync([Build.Heartbeat(agent, Build.Now)], Cancel);
        await Stores.Heartbeats.WriteAsync([Build.Heartbeat(agent, Build.Now.AddSeconds(-30))], Cancel);

        Assert.Equal(Build.Now, (await Stores.Agents.FindAsync(agent, Cancel))!.LastSeenAt);
    }

    [Fact]
    public async Task Write_AnyNumber_ComesBackBitForBit()
    {
        var agent = await AddAgentAsync();
        double?[] values = [null, 0, double.NegativeZero, double.Epsilon, double.MaxValue, double.MinValue, Math.PI, 1e300, long.MaxValue];
        await WriteAsync(agent, Build.Sample(Build.Now, values));

        var stored = Assert.Single(await ReadAsync(agent)).Values;

        Assert.Equal(values.Select(Bits), stored.Select(Bits));
    }

    /// <summary>Clocks of agents are what they are: the store keeps any day.</summary>
    [Theory]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("2026-03-07T00:00:00Z")]
    [InlineData("2026-03-13T23:59:59.999Z")]
    [InlineData("2026-03-14T00:00:00Z")]
    [InlineData("2026-03-15T00:00:00Z")]
    [InlineData("2038-01-19T03:14:08Z")]
    [InlineData("9999-12-31T00:00:00Z")]
    public async Task Write_AnyDay_IsKept(string day)
    {
        var at = DateTimeOffset.Parse(day, null);
        var agent = await AddAgentAsync();
        await WriteAsync(agent, Build.Sample(at));
        await WriteAsync(agent, Build.Sample(at));

        Assert.Equal(at, Assert.Single(await Stores.Metrics.ReadAsync(agent, at, DateTimeOffset.MaxValue, 10, Cancel)).At);
        Assert.Equal(at, (await Stores.Metrics.LatestAsync(agent, Cancel))!.At);
    }

    [Fact]
    public async Task Write_CancelledBefore_LeavesNothing()
    {
        var agent = await AddAgentAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Heartbeats.WriteAsync(
            [Build.Heartbeat(agent, Build.Now, Build.Sample(Build.Now))], new CancellationToken(canceled: true)));

        Assert.Empty(await ReadAsync(agent));
    }

    [Fact]
    public async Task Write_CancelledHalfway_LeavesNothingHalf()
    {
        var agents = await AddAgentsAsync(20);
        using var batch = new CancelledHalfway<HeartbeatWrite>(
            [.. agents.Select(agent => Build.Heartbeat(agent, Build.Now, Build.Sample(Build.Now)))]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Heartbeats.WriteAsync(batch, batch.Token));

        foreach (var agent in agents)
        {
            Assert.Empty(await ReadAsync(agent));
            Assert.Null((await Stores.Agents.FindAsync(agent, Cancel))!.LastSeenAt);
        }
    }

    [Fact]
    public async Task Write_AfterACancelledBatch_Works()
    {
        var agents = await AddAgentsAsync(20);
        using var batch = new CancelledHalfway<HeartbeatWrite>([.. agents.Select(agent => Build.Heartbeat(agent, Build.Now, Build.Sample(Build.Now)))]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Heartbeats.WriteAsync(batch, batch.Token));

        Assert.Empty(await Stores.Heartbeats.WriteAsync([.. batch], Cancel));

        Assert.Single(await ReadAsync(agents[^1]));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    public async Task Write_ManyWritersAtOnce_LoseNothing(int count)
    {
        var agents = await AddAgentsAsync(count);

        await Contention.RunAsync(async caller =>
        {
            for (var round = 0; round < 5; round++)
            {
                // Every writer goes through all agents in an order of its own: those that meet must wait for each other, not fail.
                var at = Build.Now.AddSeconds((caller * 100) + round);
                var order = Enumerable.Range(0, agents.Count).Select(i => agents[(i + caller) % agents.Count]);
                await Stores.Heartbeats.WriteAsync([.. order.Select(agent => Build.Heartbeat(agent, at, Build.Sample(at)))], Cancel);
            }
        });

        foreach (var agent in agents)
        {
            Assert.Equal(Contention.Callers * 5, (await ReadAsync(agent)).Count);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    public async Task Write_TheSameBatchByManyAtOnce_StoresItOnce(int count)
    {
        var agents = await AddAgentsAsync(count);
        var batch = agents.Select(agent => Build.Heartbeat(agent, Build.Now, Build.Sample(Build.Now), Build.Sample(Build.Now.AddSeconds(1)))).ToList();

        await Contention.RunAsync(_ => Stores.Heartbeats.WriteAsync(batch, Cancel));

        Assert.All(await Task.WhenAll(agents.Select(ReadAsync)), samples => Assert.Equal(2, samples.Count));
    }

    [Fact]
    public async Task Write_ALargeBatch_StoresAllOfIt()
    {
        var agents = await AddAgentsAsync(512);
        double?[] values = [.. Enumerable.Range(0, 40).Select(i => i % 7 == 0 ? null : (double?)i)];

        await Stores.Heartbeats.WriteAsync([.. agents.Select(agent => Build.Heartbeat(agent, Build.Now, Build.Sample(Build.Now, values)))], Cancel);

        foreach (var agent in agents.Where((_, i) => i % 37 == 0))
        {
            Assert.Equal(values, Assert.Single(await ReadAsync(agent)).Values);
        }
    }

    private static long? Bits(double? value) => value is { } number ? BitConverter.DoubleToInt64Bits(number) : null;

    private async Task<Guid> AddAgentAsync() => (await AddAgentsAsync(1))[0];

    private async Task<IReadOnlyList<Guid>> AddAgentsAsync(int count)
    {
        var ids = Build.Ids(count);
        foreach (var id in ids)
        {
            await Stores.Agents.AddAsync(Build.Agent(id), Cancel);
        }

        return ids;
    }

    private Task WriteAsync(Guid agent, params IReadOnlyList<MetricSample> samples) =>
        Stores.Heartbeats.WriteAsync([Build.Heartbeat(agent, Build.Now, samples)], Cancel);

    private Task<IReadOnlyList<MetricSample>> ReadAsync(Guid agent) =>
        Stores.Metrics.ReadAsync(agent, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 1000, Cancel);
}
