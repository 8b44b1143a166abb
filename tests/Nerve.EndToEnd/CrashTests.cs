using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>Whoever is killed, a task runs at most once and its result arrives once.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Center_KilledWhileATaskRuns_GetsItsResultAndAllOfItsOutput()
    {
        await using var site = await Site.StartAsync();
        var (_, agent) = await site.StartAgentAsync();
        var task = (await site.Api.CreateTaskAsync(Counting(
            site, agent, "for i in $(seq 500); do echo before $i; done; until [ -e \"$2\" ]; do sleep 0.05; done; for i in $(seq 500); do echo after $i; done; exit 5"))).Id;
        await site.EventuallyAsync("half of its output", () => site.Api.RunAsync(task), run => run.OutputBytes >= 500 * "before n\n".Length);
        await using var watch = StatusWatch.Of(site.Api, agent.Id);

        await site.Center.KillAsync();
        await File.WriteAllTextAsync(site.At("go"), "", TestContext.Current.CancellationToken);
        await site.EventuallyAsync("it ends while nobody listens", () => Leftovers.Of(site.At("go")).Count == 0);
        await site.StartCenterAsync();
        var run = await site.OverAsync(task);
        await site.EventuallyAsync("the agent is back", () => site.Api.AgentAsync(agent.Id), now => now.Status == "online");

        var expected = Enumerable.Range(1, 500).Select(i => $"before {i}\n").Concat(Enumerable.Range(1, 500).Select(i => $"after {i}\n"));
        Assert.Equal(("failed", 5, 1), (run.State, run.ExitCode, Count(site)));
        Assert.Equal(string.Concat(expected), await site.Api.OutputAsync(run, task));
        Assert.Equal(run, await site.Api.RunAsync(task));
        Assert.DoesNotContain("offline", watch.Seen);
        Assert.Contains("online", watch.Seen);
    }

    [Fact]
    public async Task Center_KilledAgainAndAgain_LosesNoRunAndRepeatsNone()
    {
        await using var site = await Site.StartAsync();
        var (_, agent) = await site.StartAgentAsync();
        var tasks = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            for (var n = 0; n < 3; n++)
            {
                tasks.Add((await site.Api.CreateTaskAsync(Counting(site, agent, "for i in $(seq 100); do echo line $i; sleep 0.01; done"))).Id);
            }

            await site.Center.KillAsync();
            await site.StartCenterAsync();
        }

        foreach (var task in tasks)
        {
            var run = await site.OverAsync(task);
            Assert.Equal(("succeeded", 0), (run.State, run.ExitCode));
            Assert.Equal(string.Concat(Enumerable.Range(1, 100).Select(i => $"line {i}\n")), await site.Api.OutputAsync(run, task));
        }

        Assert.Equal(tasks.Count, Count(site));
    }

    [Fact]
    public async Task Agent_KilledDuringATask_TakesItUpAgainAndRunsItOnce()
    {
        await using var site = await Site.StartAsync();
        var (process, agent) = await site.StartAgentAsync();
        var task = (await site.Api.CreateTaskAsync(Counting(
            site, agent, "echo before; until [ -e \"$2\" ]; do sleep 0.05; done; echo after; exit 6"))).Id;
        await site.EventuallyAsync("it runs", () => site.Api.RunAsync(task), run => run.State == "running");

        await process.KillAsync();
        await site.EventuallyAsync("the center notices", () => site.Api.AgentAsync(agent.Id), now => now.Status != "online");
        await File.WriteAllTextAsync(site.At("go"), "", TestContext.Current.CancellationToken);
        await site.StartAgentAsync();
        var run = await site.OverAsync(task);

        Assert.Equal(("failed", 6, 1), (run.State, run.ExitCode, Count(site)));
        Assert.Equal("before\nafter\n", await site.Api.OutputAsync(run, task));
    }

    [Fact]
    public async Task Agent_KilledWithItsSupervisor_EndsTheRunLostAndNeverRepeatsIt()
    {
        await using var site = await Site.StartAsync();
        var (process, agent) = await site.StartAgentAsync();
        var task = (await site.Api.CreateTaskAsync(Counting(site, agent, "echo said; exec sleep 600"))).Id;
        await site.EventuallyAsync("it said something", () => site.Api.RunAsync(task), run => run.OutputBytes == 5);

        await process.KillAsync();
        foreach (var pid in Leftovers.Of(site.At("agent-state")))
        {
            Signals.Send(pid, Signals.Kill);
        }

        await site.StartAgentAsync();
        var run = await site.OverAsync(task);

        Assert.Equal(("lost", null, 1), (run.State, run.ExitCode, Count(site)));
        Assert.Contains("supervisor was killed", run.Error);
        Assert.Equal("said\n", await site.Api.OutputAsync(run, task));
        Assert.Empty(Leftovers.Of(site.At("count")));
    }

    /// <summary>Counts its starts in a file and goes on as told; <c>$2</c> is the file it may wait for.</summary>
    private static object Counting(Site site, AgentInfo agent, string then) => new
    {
        kind = "script",
        script = "echo ran >> \"$1\"\n" + then,
        args = new[] { site.At("count"), site.At("go") },
        target = new { agents = new[] { agent.Id } },
    };

    private static int Count(Site site) => File.ReadAllLines(site.At("count")).Length;
}
