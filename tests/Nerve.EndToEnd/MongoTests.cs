using Nerve.EndToEnd.Harness;
using Nerve.Redis.Tests;
using Nerve.Storage.Tests.Mongo;

namespace Nerve.EndToEnd;

/// <summary>The real center on MongoDB, or on what speaks like it where there is none, with a real agent.</summary>
public sealed class MongoTests
{
    [Theory]
    [InlineData(Topology.ReplicaSet)]
    [InlineData(Topology.Standalone)]
    public async Task Center_OnMongo_CarriesAHostItsSamplesAndItsWorkOverARestart(Topology topology)
    {
        var mongo = await MongoServer.SharedAsync(topology);
        var environment = new Dictionary<string, string>
        {
            ["NERVE_STORAGE"] = "mongodb",
            ["NERVE_STORAGE_URL"] = mongo.UrlOf($"nerve_e2e_{Guid.NewGuid():N}"),
        };
        await using var site = await Site.StartNodeAsync(environment, null);
        var (_, agent) = await site.StartAgentAsync();
        await site.EventuallyAsync("its samples are seen", () => site.Api.AgentAsync(agent.Id), now => now.Metrics.GetValueOrDefault("load.1m") is not null);
        var task = (await site.Api.CreateTaskAsync(new { kind = "script", script = "echo 你好; exit 3", target = new { agents = new[] { agent.Id } } })).Id;
        await site.OverAsync(task);
        await site.EventuallyAsync("its inventory is there", () => site.Api.InventoryAsync(agent.Id), found => found.TryGetProperty("host", out _));

        await site.Center.StopAsync();
        Assert.Equal(0, await Check(site, environment).ExitAsync());
        await site.StartCenterAsync();

        var run = await site.Api.RunAsync(task);
        Assert.Equal(("failed", 3, "你好\n"), (run.State, run.ExitCode, await site.Api.OutputAsync(run, task)));
        var back = await site.EventuallyAsync("the agent is back", () => site.Api.AgentAsync(agent.Id), now => now.Status == "online");
        Assert.Equal((agent.Id, agent.Hostname), (back.Id, back.Hostname));
        Assert.NotNull(back.Metrics["load.1m"]);
        var inventory = await site.Api.InventoryAsync(agent.Id);
        Assert.Equal(agent.Hostname, inventory.GetProperty("host").GetProperty("hostname").GetString());
    }

    [Fact]
    public async Task TwoCenters_OnMongoAndRedis_AreOneAndOutliveEachOther()
    {
        var mongo = await MongoServer.SharedAsync(Topology.ReplicaSet);
        await using var redis = await RedisServer.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["NERVE_STORAGE"] = "mongodb",
            ["NERVE_STORAGE_URL"] = mongo.UrlOf($"nerve_e2e_{Guid.NewGuid():N}"),
            ["NERVE_REDIS"] = redis.Url,
        };
        await using var a = await Site.StartNodeAsync(environment, null);
        await using var b = await Site.StartNodeAsync(environment, a);
        a.LaunchAgent(server: $"{a.Server},{b.Server}");
        foreach (var site in new[] { a, b })
        {
            await site.EventuallyAsync("it is seen with its metrics", site.Api.AgentsAsync, all => all.Any(agent => agent.Status == "online" && agent.Metrics.ContainsKey("load.1m")));
            var (run, output) = await site.RunAsync(new { kind = "command", target = new { all = true }, command = "echo", args = new[] { "你好" } });
            Assert.Equal(("succeeded", "你好\n"), (run.State, output));
        }

        var task = (await a.Api.CreateTaskAsync(new { kind = "script", target = new { all = true }, script = $"until [ -e {a.At("go")} ]; do sleep 0.05; done; echo after" })).Id;
        await a.EventuallyAsync("it runs", () => a.Api.RunAsync(task), run => run.State == "running");
        await a.Center.KillAsync();
        await File.WriteAllTextAsync(a.At("go"), "", TestContext.Current.CancellationToken);

        Assert.Equal("succeeded", (await b.OverAsync(task)).State);
    }

    private static ChildProcess Check(Site site, Dictionary<string, string> environment) =>
        site.StartProcess("check", Programs.Center, ["db", "check", "--data", site.At("center-data")], environment);
}
