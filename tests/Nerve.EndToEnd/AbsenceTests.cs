using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>Work for a host that is away.</summary>
public sealed class AbsenceTests
{
    [Fact]
    public async Task Task_ForAnAgentThatIsAway_WaitsAndRunsWhenItIsBack()
    {
        await using var site = await Site.StartAsync();
        var (process, agent) = await site.StartAgentAsync();
        await process.StopAsync();
        await site.EventuallyAsync("it is offline", () => site.Api.AgentAsync(agent.Id), now => now.Status == "offline");

        var task = (await site.Api.CreateTaskAsync(Counting(site, agent))).Id;
        Assert.Equal(("pending", 1), ((await site.Api.TaskAsync(task)).State, (await site.Api.TaskAsync(task)).Counts["pending"]));
        await site.StartAgentAsync();
        var run = await site.OverAsync(task);

        Assert.Equal(("succeeded", "done\n", 1), (run.State, await site.Api.OutputAsync(run, task), Count(site)));
    }

    [Fact]
    public async Task Task_ForAnAgentThatStaysAway_ExpiresAndIsNeverRun()
    {
        await using var site = await Site.StartAsync();
        var (process, agent) = await site.StartAgentAsync();
        await process.StopAsync();

        var expired = (await site.Api.CreateTaskAsync(Counting(site, agent, expiresAfterSeconds: 1))).Id;
        var run = await site.OverAsync(expired);
        Assert.Equal(("expired", "expired"), (run.State, (await site.Api.TaskAsync(expired)).State));
        Assert.Contains("away", run.Error);

        // What comes after it runs alone.
        await site.StartAgentAsync();
        var (next, _) = await site.RunAsync(Counting(site, agent));
        Assert.Equal(("succeeded", 1), (next.State, Count(site)));
    }

    private static object Counting(Site site, AgentInfo agent, int expiresAfterSeconds = 600) => new
    {
        kind = "script",
        script = "echo ran >> \"$1\"; echo done",
        args = new[] { site.At("count") },
        expiresAfterSeconds,
        target = new { agents = new[] { agent.Id } },
    };

    private static int Count(Site site) => File.ReadAllLines(site.At("count")).Length;
}
