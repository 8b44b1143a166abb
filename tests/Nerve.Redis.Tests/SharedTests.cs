using System.Threading.RateLimiting;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Nodes;

namespace Nerve.Redis.Tests;

/// <summary>What nodes share, on a real Redis.</summary>
public sealed class SharedTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 31, 8, 0, 0, 123, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_News_ReachTheOtherNodesInOrderAndNotTheirSender()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        var runs = Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7()).ToList();

        runs.ForEach(run => a.Bus.Publish(new OutputWritten([run])));
        b.Bus.Publish(new OutputWritten([Guid.Empty]));

        foreach (var run in runs)
        {
            Assert.Equal(run, (await b.NextAsync<OutputWritten>()).RunIds.Single());
        }

        Assert.Equal(Guid.Empty, (await a.NextAsync<OutputWritten>()).RunIds.Single());
    }

    [Fact]
    public async Task Publish_EachKindOfNews_ArrivesAsItWasSent()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        var state = State(Guid.CreateVersion7());

        a.Bus.Publish(new AgentStates([state]));
        a.Bus.Publish(new WorkWaits([state.AgentId]));
        a.Bus.Publish(new LiveNews("task:1", "run", System.Text.Json.JsonSerializer.SerializeToElement(new { state = "running" })));

        Assert.Equivalent(state, Assert.Single((await b.NextAsync<AgentStates>()).States), strict: true);
        Assert.Equal([state.AgentId], (await b.NextAsync<WorkWaits>()).AgentIds);
        Assert.Equal("running", (await b.NextAsync<LiveNews>()).Data.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Load_SavedStates_AreTheNewestOfEachAgentWithoutTheRemoved()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        var (stays, goes) = (State(Guid.CreateVersion7()), State(Guid.CreateVersion7()));

        await a.State.SaveAsync([stays with { Status = AgentStatus.Offline }, goes], Cancel);
        await a.State.SaveAsync([stays], Cancel);
        await a.State.RemoveAsync(goes.AgentId, Cancel);

        Assert.Equivalent(stays, Assert.Single(await b.State.LoadAsync(Cancel)), strict: true);
    }

    [Fact]
    public async Task TryTake_JobOfAnotherNode_IsRefusedUntilItIsGivenBack()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");

        var taken = await a.Locks.TryTakeAsync("roll-ups", Cancel);
        Assert.NotNull(taken);
        Assert.Null(await b.Locks.TryTakeAsync("roll-ups", Cancel));
        await using (var other = await b.Locks.TryTakeAsync("retention", Cancel))
        {
            Assert.NotNull(other);
        }

        await taken.DisposeAsync();
        await using var next = await b.Locks.TryTakeAsync("roll-ups", Cancel);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Acquire_AttemptsAtTwoNodes_AreCountedTogether()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        using var atA = a.Limits.Create("login 192.0.2.1", 3, TimeSpan.FromMinutes(10));
        using var atB = b.Limits.Create("login 192.0.2.1", 3, TimeSpan.FromMinutes(10));
        using var somebodyElse = b.Limits.Create("login 192.0.2.2", 3, TimeSpan.FromMinutes(10));

        Assert.Equal([true, true, true, false, false], await TryAsync(atA, atB, atA, atA, atB));
        Assert.Equal([true], await TryAsync(somebodyElse));
    }

    [Fact]
    public async Task Acquire_RedisAway_IsCountedByEachNodeForItself()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        using var limit = a.Limits.Create("login 192.0.2.1", 2, TimeSpan.FromMinutes(10));
        await redis.StopAsync();

        Assert.Equal([true, true, false], await TryAsync(limit, limit, limit));
    }

    [Fact]
    public async Task KeyRing_KeysOfTwoNodes_AreKnownToBothAndSurviveAnEmptyRedis()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        var (ownA, ownB) = (new Folder(), new Folder());
        var (ringA, ringB) = (a.KeyRing(ownA), b.KeyRing(ownB));

        ringA.StoreElement(XElement.Parse("<key id='1'><secret/></key>"), "key-1");
        ringB.StoreElement(XElement.Parse("<key id='2'/>"), "key-2");
        Assert.Equal(["1", "2"], Ids(ringA));
        Assert.Equal(["1", "2"], Ids(ringB));

        await redis.StopAsync();
        Assert.Equal(["1", "2"], Ids(ringA));
        await redis.StartAgainAsync();
        await Eventually.TrueAsync(() => a.Bus.IsConnected && b.Bus.IsConnected, "both are connected again");
        ringB.StoreElement(XElement.Parse("<key id='3'/>"), "key-3");
        Assert.Equal(["1", "2", "3"], Ids(ringA));
    }

    [Fact]
    public async Task Join_StrangeThingsInRedis_ArePassedOver()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        var state = State(Guid.CreateVersion7());
        await a.State.SaveAsync([state], Cancel);
        redis.Run("HSET", "nerve:agents", "x", "{\"agentId\":7}");
        redis.Run("SADD", "nerve:nodes", "stranger");
        redis.Run("SET", "nerve:node:stranger", "no JSON");
        redis.Run("HSET", "nerve:keys", "key-x", "<key");
        redis.Run("PUBLISH", "nerve:0:news", "{\"from\":\"stranger\"}");

        await using var b = await Node.StartAsync(redis.Url, "b");
        a.Bus.Publish(new OutputWritten([state.AgentId]));

        Assert.Equivalent(state, Assert.Single(await b.State.LoadAsync(Cancel)), strict: true);
        Assert.Equal(state.AgentId, (await b.NextAsync<OutputWritten>()).RunIds.Single());
        Assert.Equal(["a", "b"], b.Registry.Nodes.Select(node => node.Id).Order());
        Assert.Empty(b.Registry.Problems);
        Assert.Empty(b.KeyRing(new Folder()).GetAllElements());
    }

    [Fact]
    public async Task Save_RedisIsFull_SaysSo()
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory", "1mb", "--maxmemory-policy", "noeviction");
        await using var a = await Node.StartAsync(redis.Url, "a");

        var problem = await Assert.ThrowsAsync<NodesUnavailableException>(() => a.State.SaveAsync([State(Guid.CreateVersion7())], Cancel));

        Assert.Contains("maxmemory", problem.Message, StringComparison.Ordinal);
        Assert.Contains(a.Registry.Problems, text => text.Contains("maxmemory", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<bool>> TryAsync(params RateLimiter[] limits)
    {
        var acquired = new List<bool>();
        foreach (var limit in limits)
        {
            using var lease = await limit.AcquireAsync(1, Cancel);
            acquired.Add(lease.IsAcquired);
        }

        return acquired;
    }

    private static IEnumerable<string> Ids(IXmlRepository ring) => ring.GetAllElements().Select(key => key.Attribute("id")!.Value).Order();

    private static AgentState State(Guid agent) => new(
        agent, 7, "a", AgentStatus.Online, s_now, s_now.AddSeconds(5), 1234, new MetricSample(s_now, new string('a', 64), [1.5, null, 1e300]),
        TimeSpan.FromMinutes(11));

    private sealed class Folder : IXmlRepository
    {
        private readonly List<XElement> _elements = [];

        public IReadOnlyCollection<XElement> GetAllElements() => [.. _elements];

        public void StoreElement(XElement element, string friendlyName) => _elements.Add(element);
    }
}
