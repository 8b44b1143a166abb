using Nerve.EndToEnd.Harness;
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

    private static ChildProcess Check(Site site, Dictionary<string, string> environment) =>
        site.StartProcess("check", Programs.Center, ["db", "check", "--data", site.At("center-data")], environment);
}
