using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>Timeouts and cancels reach every descendant.</summary>
public class StoppingTests
{
    // A daemon by the book: new session, closed streams, empty environment, parent gone.
    private const string Daemonise =
        "env -i /usr/bin/setsid -f /bin/sh -c 'echo $$ > \"$0\"; exec 0<&- 1>&- 2>&-; exec /bin/sleep 300' \"$1\"; ";

    [Fact]
    public async Task Timeout_WithADaemonisedChild_KillsAllOfIt()
    {
        await using var host = new TestHost();
        var run = Assignments.Script(Daemonise + "sleep 300 & sleep 300", host.At("daemon.pid")) with { TimeoutSeconds = 1 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.TimedOut, null, "SIGKILL"), (result.State, result.ExitCode, result.Signal));
        Assert.Equal("It was killed after 1 s, its time limit.", result.Error);
        Assert.InRange((result.FinishedAt - result.StartedAt!.Value).TotalSeconds, 1, 5);
        var daemon = int.Parse(await File.ReadAllTextAsync(host.At("daemon.pid"), TestHost.Timeout));
        Assert.False(Directory.Exists($"/proc/{daemon}"));
    }

    // Never more than a handful of processes at a time, and an end of their own: a mistake here must not take the host down.
    [Theory]
    [InlineData("for i in 1 2 3 4 5 6; do (for j in $(seq 2000); do sleep 0.01; done) & done; wait")]
    [InlineData("exec perl -e 'for (1..5000) { fork and exit; select undef, undef, undef, 0.002 }'")]
    public async Task Timeout_OfProcessesThatKeepForking_LeavesNone(string forks)
    {
        await using var host = new TestHost();
        var run = Assignments.Script(forks + " & sleep 60") with { TimeoutSeconds = 1 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.TimedOut, "It was killed after 1 s, its time limit."), (result.State, result.Error));
        Assert.Empty(Nerve.Agent.Processes.ProcessTable.WithEnvironment($"NERVE_RUN_ID={run.RunId}"));
    }

    [Fact]
    public async Task Cancel_ProgramThatObeys_EndsByTermWithItsLastWords()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");

        await host.Manager.CancelAsync(new RunCancel(run.RunId, 20));
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Cancelled, 7, null), (result.State, result.ExitCode, result.Error));
        Assert.Equal("up\nbye\n", host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Cancel_ProgramThatIgnoresTerm_IsKilledAfterTheGrace()
    {
        await using var host = new TestHost();
        var run = Assignments.Script("trap '' TERM; echo up; while :; do sleep 0.05; done");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");
        var asked = DateTimeOffset.UtcNow;

        await host.Manager.CancelAsync(new RunCancel(run.RunId, 1));
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Cancelled, null, "SIGKILL"), (result.State, result.ExitCode, result.Signal));
        Assert.InRange((result.FinishedAt - asked).TotalSeconds, 0.95, 5);
    }

    [Fact]
    public async Task Cancel_WhileItWaitsForItsTurn_EndsItAtOnce()
    {
        await using var host = new TestHost(mostAtOnce: 1);
        var first = Assignments.Command("sleep", "300");
        var second = Assignments.Command("touch", host.At("second"));
        await host.Manager.AcceptAsync(first, TestHost.Timeout);
        await host.Manager.AcceptAsync(second, TestHost.Timeout);

        await host.Manager.CancelAsync(new RunCancel(second.RunId, 5));
        var result = await host.FinishedAsync(second.RunId);

        Assert.Equal((RunState.Cancelled, null), (result.State, result.StartedAt));
        await host.Manager.CancelAsync(new RunCancel(first.RunId, 5));
        await host.FinishedAsync(first.RunId);
        Assert.False(File.Exists(host.At("second")));
    }

    [Fact]
    public async Task Cancel_BeforeItsAssignment_IsRememberedAcrossRestarts()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("touch", host.At("ran"));
        await host.Manager.CancelAsync(new RunCancel(run.RunId, 5));
        Assert.Empty(host.Manager.Unacknowledged());
        await host.StopAsync();
        host.Start();

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Cancelled, null), (result.State, result.StartedAt));
        Assert.False(File.Exists(host.At("ran")));
    }

    [Fact]
    public async Task Supervisor_ToldToStopByTheHost_CancelsTheRunAndSaysWhy()
    {
        await using var host = new TestHost();
        var run = Assignments.Command("sleep", "300");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        var supervisor = await host.SupervisorPidAsync(run.RunId);

        _ = Nerve.Agent.Processes.LibC.kill(supervisor, Nerve.Agent.Processes.Signals.Term);
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Cancelled, "SIGTERM"), (result.State, result.Signal));
        Assert.Contains("shutdown", result.Error, StringComparison.Ordinal);
    }
}
