using Nerve.Server.Nodes;

namespace Nerve.Redis.Tests;

/// <summary>Nodes that come, go, hang, and do not fit together.</summary>
public sealed class RegistryTests
{
    [Fact]
    public async Task Join_SecondNode_IsSeenByBoth()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");

        Assert.Equal(["a", "b"], Ids(b));
        await Eventually.TrueAsync(() => Ids(a).SequenceEqual(["a", "b"]), "a sees b");
        Assert.Empty(a.Registry.Problems);
    }

    [Fact]
    public async Task Stop_InGoodOrder_IsToldAtOnce()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        await Eventually.TrueAsync(() => Ids(a).Count() == 2, "a sees b");

        await b.StopAsync();

        Assert.Equal(("b", true), await a.NextGoneAsync());
        await Eventually.TrueAsync(() => Ids(a).SequenceEqual(["a"]), "b is not listed any more");
        Assert.False(a.SawSomebodyGo);
    }

    [Fact]
    public async Task Silence_OfANode_IsNoticed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        var b = await Node.StartAsync(redis.Url, "b");
        await Eventually.TrueAsync(() => Ids(a).Count() == 2, "a sees b");

        await b.DisposeAsync(); // without a word

        Assert.Equal(("b", false), await a.NextGoneAsync());
    }

    [Fact]
    public async Task Outage_OfRedis_IsNamedAndNoNodeIsThoughtGone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        await using var b = await Node.StartAsync(redis.Url, "b");
        await Eventually.TrueAsync(() => Ids(a).Count() == 2, "a sees b");

        await redis.StopAsync();
        await Eventually.TrueAsync(() => !a.Bus.IsConnected && a.Registry.Problems.Count == 1, "a names the outage");
        Assert.Contains("127.0.0.1", a.Registry.Problems[0], StringComparison.Ordinal);
        await redis.StartAgainAsync();
        await Eventually.TrueAsync(() => a.Bus.IsConnected && a.Registry.Problems.Count == 0, "the outage is over");
        b.Bus.Publish(new AgentRemoved(Guid.Empty));

        _ = await a.NextAsync<AgentRemoved>();
        await Eventually.TrueAsync(() => Ids(a).SequenceEqual(["a", "b"]), "b is still listed");
        Assert.False(a.SawSomebodyGo || b.SawSomebodyGo);
    }

    [Fact]
    public async Task Join_RedisAway_GoesOnAloneAndJoinsLater()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        await using var a = await Node.StartAsync(redis.Url, "a");
        Assert.False(a.Bus.IsConnected);
        Assert.NotEmpty(a.Registry.Problems);

        await redis.StartAgainAsync();
        await Eventually.TrueAsync(() => a.Bus.IsConnected, "a is connected");
        await using var b = await Node.StartAsync(redis.Url, "b");

        await Eventually.TrueAsync(() => Ids(a).Count() == 2 && a.Registry.Problems.Count == 0, "a joined");
    }

    [Theory]
    [InlineData("redis://127.0.0.1")]
    [InlineData("redis://:hunter2@127.0.0.1")]
    public async Task Join_WithoutTheRightPassword_SaysWhatToDo(string start)
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right");

        var problem = await Assert.ThrowsAsync<NodesUnavailableException>(
            () => Node.StartAsync(redis.Url.Replace("redis://127.0.0.1", start, StringComparison.Ordinal), "a"));

        Assert.Contains("NERVE_REDIS", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "SSL_CERT_FILE")]
    [InlineData(-1, "renewed")]
    public async Task Join_CertificateThatIsNotTrusted_SaysWhatToDo(int daysLeft, string advice)
    {
        await using var redis = new StrangeTls(daysLeft);

        var problem = await Assert.ThrowsAsync<NodesUnavailableException>(() => Node.StartAsync($"rediss://:hunter2@127.0.0.1:{redis.Port}", "a"));

        Assert.Contains(advice, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("password", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_WithTheRightPassword_Joins()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "p@ss/word");
        await using var a = await Node.StartAsync(redis.Url.Replace("//", "//:p%40ss%2Fword@", StringComparison.Ordinal), "a");

        Assert.True(a.Bus.IsConnected);
        Assert.Empty(a.Registry.Problems);
    }

    [Fact]
    public async Task Join_OtherSchemaAndClock_IsNamedByBoth()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var a = await Node.StartAsync(redis.Url, "a", schema: "1");
        await using var b = await Node.StartAsync(redis.Url, "b", schema: "2", new AheadClock(TimeSpan.FromMinutes(3)));

        foreach (var node in (Node[])[a, b])
        {
            await Eventually.TrueAsync(() => node.Registry.Problems.Count == 2, $"{node.Id} names both");
            Assert.Contains(node.Registry.Problems, text => text.Contains("clocks", StringComparison.Ordinal) && text.Contains("NTP", StringComparison.Ordinal));
            Assert.Contains(node.Registry.Problems, text => text.Contains("schema", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("redis://localhost", null)]
    [InlineData("rediss://nerve:secret@redis.example.com:6380/3", null)]
    [InlineData("localhost:6379", "redis://")]
    [InlineData("http://localhost", "redis://")]
    [InlineData("redis://localhost/three", "number")]
    public void Problem_OfAUrl_SaysWhatItMustLookLike(string url, string? expected)
    {
        if (expected is null)
        {
            Assert.Null(RedisUrl.Problem(url));
        }
        else
        {
            Assert.Contains(expected, RedisUrl.Problem(url), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Ids(Node node) => node.Registry.Nodes.Select(one => one.Id).Order();

    private sealed class AheadClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
