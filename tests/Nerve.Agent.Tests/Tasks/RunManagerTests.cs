using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

public class RunManagerTests
{
    [Fact]
    public async Task Accept_AfterItsExpiry_ReportsExpired()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("touch", host.At("ran")) with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Expired, null), (result.State, result.StartedAt));
        Assert.Contains("when the task expired", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(host.At("ran")));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task Accept_CentersClockIsHoursFromTheHosts_ExpiresByTheTimeThatIsLeft(int hours)
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var inAnHour = Assignments.Command("true") with { ExpiresAt = DateTimeOffset.UtcNow.AddHours(hours + 1), ExpiresInSeconds = 3600 };
        var inASecond = Assignments.Command("true") with { ExpiresAt = DateTimeOffset.UtcNow.AddHours(hours), ExpiresInSeconds = 1 };

        Assert.Equal(RunState.Succeeded, (await host.RunAsync(inAnHour)).State);
        var first = Assignments.Command("sleep", "300");
        await host.Manager.AcceptAsync(first, TestHost.Timeout);
        Assert.Equal(RunState.Expired, (await host.RunAsync(inASecond)).State);
        await host.Manager.CancelAsync(new RunCancel(first.RunId, 1));
        await host.FinishedAsync(first.RunId);
    }

    [Fact]
    public async Task Accept_ExpiresWhileItWaits_ReportsExpiredInTime()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var first = Assignments.Command("sleep", "300");
        await host.Manager.AcceptAsync(first, TestHost.Timeout);
        var second = Assignments.Command("true") with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(1) };

        var result = await host.RunAsync(second);

        Assert.Equal(RunState.Expired, result.State);
        Assert.False(host.Center[first.RunId].Finished.IsCompleted);
        await host.Manager.CancelAsync(new RunCancel(first.RunId, 1));
        await host.FinishedAsync(first.RunId);
    }

    [Fact]
    public async Task Runs_MoreThanFit_WaitInOrder()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var runs = Enumerable.Range(0, 6).Select(i => Assignments.Script("echo $1 >> \"$2\"", $"{i}", host.At("order"))).ToList();
        foreach (var run in runs)
        {
            await host.Manager.AcceptAsync(run, TestHost.Timeout);
        }

        await Task.WhenAll(runs.Select(run => host.FinishedAsync(run.RunId)));

        Assert.Equal(["0", "1", "2", "3", "4", "5"], await File.ReadAllLinesAsync(host.At("order"), TestHost.Timeout));
    }

    [Fact]
    public async Task Result_Acknowledged_LeavesOnlyTheIdBehind()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("echo $SECRET") with { Env = new Dictionary<string, string> { ["SECRET"] = "hunter2" } };

        await host.RunAsync(run);
        await AtMostOnceTests.BuriedAsync(host, run.RunId);

        var folder = host.Journal.Folder(run.RunId);
        await TestHost.EventuallyAsync(() => Directory.GetFiles(folder.DirectoryPath).Length == 1, "More than the tombstone is left.");
        Assert.Equal(run.ExpiresAt.AddDays(1).ToUnixTimeMilliseconds(), folder.ReadTombstone()!.KeepUntil.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Journal_Always_IsClosedToOthers()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("echo out; exec sleep 300");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "out\n", "It did not start.");

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        string[] all = [host.At("runs"), .. Directory.GetFileSystemEntries(host.At("runs"), "*", SearchOption.AllDirectories)];

        Assert.Contains(all, path => path.EndsWith("/script", StringComparison.Ordinal));
        Assert.All(all, path => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & Others));
        await host.Manager.CancelAsync(new RunCancel(run.RunId, 1));
        await host.FinishedAsync(run.RunId);
    }

    [Fact]
    public async Task Link_Down_HoldsReportsBackAndDeliversThemAllWhenItReturns()
    {
        await using var host = new TestHost();
        var down = true;
        host.Center.BeforeEach = (_, _) => down ? throw new IOException("no link") : Task.CompletedTask;
        var run = Assignments.Command("echo", "kept");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Journal.Folder(run.RunId).HasResult, "It did not run.");
        Assert.Equal([run.RunId], host.Manager.Unacknowledged());

        down = false;
        host.Manager.LinkRestored();
        await host.FinishedAsync(run.RunId);

        Assert.Equal(["started", "output", "finished"], host.Center[run.RunId].Calls);
        Assert.Equal("kept\n", host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Reports_OfOneRunStuck_DoNotHoldUpOthers()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var stuck = Assignments.Command("echo", "stuck");
        var never = new TaskCompletionSource();
        host.Center.BeforeEach = (runId, _) => runId == stuck.RunId ? never.Task : Task.CompletedTask;
        await host.Manager.AcceptAsync(stuck, TestHost.Timeout);

        var result = await host.RunAsync(Assignments.Command("echo", "free"));

        Assert.Equal(RunState.Succeeded, result.State);
        Assert.False(host.Center[stuck.RunId].Finished.IsCompleted);
    }

    [Fact]
    public async Task Forget_WaitingRun_IsNeverStarted()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var first = Assignments.Command("sleep", "300");
        var second = Assignments.Command("touch", host.At("second"));
        await host.Manager.AcceptAsync(first, TestHost.Timeout);
        await host.Manager.AcceptAsync(second, TestHost.Timeout);

        await host.Manager.ForgetAsync([second.RunId, Guid.CreateVersion7()]);
        await AtMostOnceTests.BuriedAsync(host, second.RunId);
        await host.Manager.CancelAsync(new RunCancel(first.RunId, 1));
        await host.FinishedAsync(first.RunId);

        Assert.Empty(host.Center[second.RunId].Calls);
        Assert.False(File.Exists(host.At("second")));
    }

    [Fact]
    public async Task Forget_RunningRun_EndsUnreported()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("echo up; sleep 0.5; touch \"$1\"", host.At("ended"));
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");

        await host.Manager.ForgetAsync([run.RunId]);
        Assert.Empty(host.Manager.Unacknowledged());
        await AtMostOnceTests.BuriedAsync(host, run.RunId);

        Assert.True(File.Exists(host.At("ended")));
        Assert.DoesNotContain("finished", host.Center[run.RunId].Calls);
    }

    [Theory]
    [InlineData("started", ProblemCodes.RunUnknown, new[] { "started" })]
    [InlineData("started", ProblemCodes.RunTransition, new[] { "started", "output", "finished" })]
    [InlineData("output", ProblemCodes.RunUnknown, new[] { "started", "output" })]
    [InlineData("output", ProblemCodes.RunTransition, new[] { "started", "output", "finished" })]
    [InlineData("finished", ProblemCodes.RunTransition, new[] { "started", "output", "finished" })]
    public async Task Report_Refused_IsNotRepeated(string report, string code, string[] calls)
    {
        await using var host = new TestHost();
        host.Center.Answer = (_, call) => call == report ? ReportReply.Refused(code) : ReportReply.Ok;
        var run = Assignments.Command("echo", "text");

        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await AtMostOnceTests.BuriedAsync(host, run.RunId);

        Assert.Equal(calls, host.Center[run.RunId].Calls);
    }
}
