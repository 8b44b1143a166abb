using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>A center whose time of day is corrected while it works.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task Center_ItsClockIsSetByAnHour_CallsNobodyOfflineAndEndsWhatRuns(int seconds)
    {
        Assert.SkipWhen(WallClock.Missing is not null, WallClock.Missing ?? "");
        var folder = Directory.CreateTempSubdirectory("nerve-clock-");
        try
        {
            var clock = new WallClock(folder.FullName);
            await using var site = await Site.StartNodeAsync(clock.Environment, null);
            var (_, agent) = await site.StartAgentAsync();
            var go = site.At("go");
            var running = (await site.Api.CreateTaskAsync(new { kind = "script", script = $"until [ -e {go} ]; do sleep 0.05; done; echo after", target = new { all = true } })).Id;
            await site.EventuallyAsync("it runs", () => site.Api.RunAsync(running), run => run.State == "running");

            clock.Set(TimeSpan.FromSeconds(seconds));
            var (later, output) = await site.RunAsync(new { kind = "command", command = "echo", args = new[] { "你好" }, target = new { all = true } });
            Assert.Equal(("succeeded", "你好\n"), (later.State, output));
            Assert.Equal(("running", "online"), ((await site.Api.RunAsync(running)).State, (await site.Api.AgentAsync(agent.Id)).Status));

            await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
            Assert.Equal("succeeded", (await site.OverAsync(running)).State);
            Assert.DoesNotContain("is offline", site.Logs(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
            WallClock.Sweep();
        }
    }
}
