using Nerve.Agent.Cgroups;
using Nerve.Agent.Processes;
using Nerve.Agent.Tasks;
using Nerve.Agent.Tests.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Cgroups;

/// <summary>Nothing of a run gets away, and it takes no more than its limits: real supervisors, real groups.</summary>
public class ContainmentTests
{
    // A daemon by the book: new session, closed streams, empty environment, parent gone.
    private const string Daemonise =
        "env -i /usr/bin/setsid -f /bin/sh -c 'echo $$ > \"$0\"; exec 0<&- 1>&- 2>&-; exec /bin/sleep 300' \"$1\"; until [ -s \"$1\" ]; do sleep 0.01; done; ";

    // Where there is nothing but processes: the supervisor does not see the groups that this machine has.
    private static readonly SupervisorCommand s_withoutGroups = new(
        "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "umount --lazy --recursive /sys/fs/cgroup; exec \"$0\" supervise \"$1\"", TestHost.Supervisor.Program);

    [Fact]
    public async Task Run_OnAHostWithGroups_IsInItsOwnAndLeavesNone()
    {
        SkipWithoutGroups();
        await using var host = new TestHost();
        var run = Assignments.Script(
            "cat /proc/self/cgroup; for i in $(seq 100); do grep -q $NERVE_RUN_ID /proc/$PPID/cgroup || break; sleep 0.05; done; cat /proc/$PPID/cgroup >&2");

        await host.RunAsync(run);

        Assert.Contains($"/run-{run.RunId}\n", host.Center[run.RunId].Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain($"{run.RunId}", host.Center[run.RunId].Stderr, StringComparison.Ordinal);
        Assert.False(Directory.Exists(CgroupTree.Find()!.Of(run.RunId)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timeout_WithADaemon_LeavesNothing(bool withGroups)
    {
        await using var host = Host(withGroups);
        var run = Assignments.Script("cat /proc/self/cgroup; " + Daemonise + "sleep 300", host.At("daemon.pid")) with { TimeoutSeconds = 4 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.TimedOut, "It was killed after 4 s, its time limit."), (result.State, result.Error));
        Assert.Equal(withGroups, host.Center[run.RunId].Stdout.Contains($"run-{run.RunId}", StringComparison.Ordinal));
        Assert.False(await IsAliveAsync(host));
    }

    [Fact]
    public async Task Cancel_OfProcessesThatKeepForkingAndIgnoreTerm_LeavesNone()
    {
        SkipWithoutGroups();
        await using var host = new TestHost();
        var run = Assignments.Script("trap '' TERM; echo up; for i in 1 2 3 4; do (for j in $(seq 2000); do sleep 0.01; done) & done; wait");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");

        await host.Manager.CancelAsync(new RunCancel(run.RunId, 1));
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Cancelled, "SIGKILL", null), (result.State, result.Signal, result.Error));
        Assert.False(Directory.Exists(CgroupTree.Find()!.Of(run.RunId)));
    }

    // Its environment and its parent are gone, so only its group tells whose it is.
    [Fact]
    public async Task Supervisor_Killed_TheNextAgentFindsTheDaemonByItsGroup()
    {
        SkipWithoutGroups();
        await using var host = new TestHost();
        var run = Assignments.Script(Daemonise + "echo up; exec sleep 300", host.At("daemon.pid"));
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");
        var supervisor = await host.SupervisorPidAsync(run.RunId);
        await host.StopAsync();

        _ = LibC.kill(supervisor, Signals.Kill);
        host.Start();
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal(RunState.Lost, result.State);
        Assert.EndsWith("Processes it left behind were killed.", result.Error, StringComparison.Ordinal);
        Assert.False(await IsAliveAsync(host));
        Assert.False(Directory.Exists(CgroupTree.Find()!.Of(run.RunId)));
    }

    [Fact]
    public async Task Agent_StartsAgain_TheRunsGroupAndLimitsAreStillThere()
    {
        SkipWithoutGroups();
        await using var host = new TestHost();
        var run = Assignments.Script(Daemonise + "echo up; exec sleep 300", host.At("daemon.pid"));
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "up\n", "It did not start.");
        await host.StopAsync();
        host.Start();

        await host.Manager.CancelAsync(new RunCancel(run.RunId, 1));
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal(RunState.Cancelled, result.State);
        Assert.False(await IsAliveAsync(host));
    }

    [Fact]
    public async Task Background_LeftAfterANormalEnd_StaysInTheGroup()
    {
        SkipWithoutGroups();
        await using var host = new TestHost();
        var run = Assignments.Script(Daemonise, host.At("daemon.pid"));

        var result = await host.RunAsync(run);

        Assert.Equal(RunState.Succeeded, result.State);
        var daemon = int.Parse(await File.ReadAllTextAsync(host.At("daemon.pid"), TestHost.Timeout));
        Assert.Equal([daemon], RunCgroup.Find(run.RunId)!.Processes());
        _ = LibC.kill(daemon, Signals.Kill);
        await TestHost.EventuallyAsync(() => RunCgroup.TryRemove(CgroupTree.Find()!.Of(run.RunId)), "It is not empty.");
    }

    [Fact]
    public void Enter_SomebodyRemovedTheGroup_ARunWithoutLimitsGoesOnWithout()
    {
        SkipWithoutGroups();
        var run = Guid.NewGuid();
        var group = RunCgroup.TryMake(run, new RunLimits(null, null, null))!;
        Assert.True(RunCgroup.TryRemove(CgroupTree.Find()!.Of(run)));

        group.Enter();
        group.Leave();

        Assert.True(group.IsEmpty);
        Assert.Null(group.LimitReached());
    }

    // Its own end after a moment, and few of them: where the limit fails, this machine must not suffer.
    [Fact]
    public async Task Limit_OfProcesses_StopsAForkBomb()
    {
        SkipWithout("pids");
        await using var host = new TestHost();
        var run = Assignments.Script("i=0; while [ $i -lt 200 ]; do sleep 5 & i=$((i+1)); done; wait; exit 3") with
        {
            Limits = new RunLimits(null, null, 20),
            TimeoutSeconds = 20,
        };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Failed, "It could not start all of its processes: 20 at a time are its limit."), (result.State, result.Error));
        Assert.Contains("fork", host.Center[run.RunId].Stderr, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Limit_OfProcesses_HoldsABombThatNeverEndsUntilItsTimeIsUp()
    {
        SkipWithout("pids");
        await using var host = new TestHost();
        var run = Assignments.Script("exec perl -e 'fork while 1'") with { Limits = new RunLimits(null, null, 20), TimeoutSeconds = 3 };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.TimedOut, "It was killed after 3 s, its time limit."), (result.State, result.Error));
        Assert.False(Directory.Exists(CgroupTree.Find()!.Of(run.RunId)));
        Assert.Equal(RunState.Succeeded, (await host.RunAsync(Assignments.Command("true"))).State);
    }

    [Fact]
    public async Task Limit_OfMemory_EndsTheRunAndSaysWhy()
    {
        SkipWithout("memory");
        await using var host = new TestHost();
        var run = Assignments.Script("perl -e '$x = \"x\" x (300 << 20); sleep 30'; sleep 30") with { Limits = new RunLimits(null, 64L << 20, null) };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Failed, "SIGKILL"), (result.State, result.Signal));
        Assert.Equal("It was killed for memory: its processes together needed more than their limit of 67108864 bytes.", result.Error);
        Assert.InRange((result.FinishedAt - result.StartedAt!.Value).TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task Limit_OfProcessorTime_SlowsTheRunDown()
    {
        SkipWithout("cpu");
        await using var host = new TestHost();
        var run = Assignments.Script("exec perl -e '$e = time + 3; 1 while time < $e; print((times)[0])'") with { Limits = new RunLimits(20, null, null) };

        await host.RunAsync(run);

        Assert.InRange(double.Parse(host.Center[run.RunId].Stdout, System.Globalization.CultureInfo.InvariantCulture), 0.1, 1.2);
    }

    [Fact]
    public async Task Limits_OnAHostThatCannotKeepThem_FailWithAReasonBeforeAnythingStarts()
    {
        await using var host = Host(withGroups: false);
        var run = Assignments.Command("touch", host.At("ran")) with { Limits = new RunLimits(null, 64L << 20, null) };

        var result = await host.RunAsync(run);

        Assert.Equal((RunState.Failed, null), (result.State, result.StartedAt));
        Assert.StartsWith("This host cannot hold a run to limits: the agent cannot use cgroup v2 for memory here.", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(host.At("ran")));
    }

    private static TestHost Host(bool withGroups)
    {
        if (withGroups)
        {
            SkipWithoutGroups();
            return new TestHost();
        }

        Assert.SkipUnless(Environment.UserName == "root", "Only root can hide this machine's control groups from a supervisor.");
        var host = new TestHost(start: false);
        host.Start(supervisor: s_withoutGroups);
        return host;
    }

    private static void SkipWithoutGroups() =>
        Assert.SkipUnless(CgroupTree.Find()?.TryPrepare() == true, "This machine has no cgroup v2 that can be written.");

    private static void SkipWithout(string controller)
    {
        SkipWithoutGroups();
        Assert.SkipUnless(CgroupTree.Find()!.Limits(controller), $"The cgroup v2 of this machine has no {controller} controller to use.");
    }

    // The one who has to bury it may take its time.
    private static async Task<bool> IsAliveAsync(TestHost host)
    {
        var stat = $"/proc/{int.Parse(await File.ReadAllTextAsync(host.At("daemon.pid"), TestHost.Timeout))}/stat";
        return File.Exists(stat) && ProcessTable.Parse(await File.ReadAllTextAsync(stat, TestHost.Timeout)) is { State: not 'Z' };
    }
}
