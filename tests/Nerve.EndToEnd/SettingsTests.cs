using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>What an admin sets reaches a running agent, seen on the wire between the real agent and the real center.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Pace_ThatAnAdminChanges_IsTheRunningAgentsPaceAtOnce()
    {
        await using var site = await Site.StartAsync();
        await using var tap = new WireTap(site.Port);
        var agent = site.LaunchAgent(server: tap.Address);
        await site.EventuallyAsync("it is online", site.Api.AgentsAsync, agents => agents.Any(one => one.Status == "online"));
        await site.EventuallyAsync("its first heartbeat has come", () => Heartbeats(tap) > 0);

        // At the product's 30 s these would take more than two minutes.
        await site.Api.PutAsync("settings/agents", new { heartbeatSeconds = 1, sampleSeconds = 1 });
        var before = Heartbeats(tap);
        await site.EventuallyAsync("it beats every second", () => Heartbeats(tap) >= before + 5);

        await site.Api.PutAsync("settings/agents", new { heartbeatSeconds = 3600 });
        await site.EventuallyAsync("it is told the other pace", async () =>
        {
            var seen = Heartbeats(tap);
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            return Heartbeats(tap) == seen;
        }, isQuiet => isQuiet);
        Assert.Equal("online", Assert.Single(await site.Api.AgentsAsync()).Status);
        Assert.False(agent.HasExited);
    }

    private static int Heartbeats(WireTap tap) => tap.Calls().Count(call => call.Method == "Heartbeat");
}
