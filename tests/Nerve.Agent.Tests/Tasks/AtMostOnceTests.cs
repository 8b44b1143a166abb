using System.Diagnostics;
using Nerve.Agent.Journal;
using Nerve.Agent.Processes;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

/// <summary>Whatever dies when, a run id starts its program at most once and ends in one result.</summary>
public class AtMostOnceTests
{
    [Fact]
    public async Task Assignment_Repeated_RunsOnce()
    {
        await using var host = new TestHost();
        var run = Counting(host);

        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.FinishedAsync(run.RunId);
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await BuriedAsync(host, run.RunId);
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.StopAsync();
        host.Start();
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.RunAsync(Assignments.Command("true"));

        Assert.Equal(1, Count(host));
        Assert.Equal(1, host.Center[run.RunId].TimesFinished);
    }

    [Fact]
    public async Task Agent_DiesWhileItRuns_TheNextOneReportsItToTheEnd()
    {
        await using var host = new TestHost();
        var run = Counting(host, "echo before; while [ ! -e go ]; do sleep 0.05; done; echo after; exit 5") with { WorkingDirectory = host.Folder };
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "before\n", "It did not start.");

        await host.StopAsync();
        host.Start();
        Assert.Equal([run.RunId], host.Manager.Unacknowledged());
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await File.WriteAllTextAsync(host.At("go"), "", TestHost.Timeout);
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Failed, 5), (result.State, result.ExitCode));
        Assert.Equal("before\nafter\n", host.Center[run.RunId].Stdout);
        Assert.Equal((1, 1), (Count(host), host.Center[run.RunId].TimesFinished));
    }

    [Fact]
    public async Task Agent_IsAwayWhenItEnds_TheNextOneReportsTheResult()
    {
        await using var host = new TestHost();
        var run = Counting(host, "sleep 0.5; echo done");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.SupervisorPidAsync(run.RunId);
        await host.StopAsync();
        await TestHost.EventuallyAsync(() => host.Journal.Folder(run.RunId).HasResult, "The supervisor did not go on alone.");

        host.Start();
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Succeeded, "done\n", 1), (result.State, host.Center[run.RunId].Stdout, Count(host)));
    }

    [Fact]
    public async Task Supervisor_Killed_RunIsLostAndItsProcessesEnd()
    {
        await using var host = new TestHost();
        var run = Counting(host, "echo said; exec sleep 300");
        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await TestHost.EventuallyAsync(() => host.Center[run.RunId].Stdout == "said\n", "It did not start.");

        _ = LibC.kill(await host.SupervisorPidAsync(run.RunId), Signals.Kill);
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Lost, null, null, 5), (result.State, result.ExitCode, result.Signal, result.OutputBytes));
        Assert.Equal("The run's supervisor was killed, so nobody saw how it ended. Processes it left behind were killed.", result.Error);
        Assert.Empty(ProcessTable.WithEnvironment($"NERVE_RUN_ID={run.RunId}"));
        Assert.Equal(1, Count(host));
    }

    [Fact]
    public async Task Journal_OnlyAssigned_IsStarted()
    {
        var run = default(RunAssignment)!;
        await using var host = Prepared(h => h.Journal.Folder((run = Counting(h)).RunId).WriteAssignment(run));

        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Succeeded, 1), (result.State, Count(host)));
    }

    [Fact]
    public async Task Journal_Starting_IsLostNotStarted()
    {
        var run = default(RunAssignment)!;
        await using var host = Prepared(h =>
        {
            var folder = h.Journal.Folder((run = Counting(h)).RunId);
            folder.WriteAssignment(run);
            folder.WriteStarting(new StartingRecord(4_000_000, BootId.Read()));
        });

        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Lost, null, 0), (result.State, result.StartedAt, Count(host)));
    }

    [Fact]
    public async Task Journal_StartedBeforeARestartOfTheHost_IsLostAndSaysSo()
    {
        var run = default(RunAssignment)!;
        var startedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        await using var host = Prepared(h =>
        {
            var folder = h.Journal.Folder((run = Counting(h)).RunId);
            folder.WriteAssignment(run);
            folder.WriteStarting(new StartingRecord(1, "another boot"));
            folder.WriteStarted(new StartedRecord(1, startedAt));
        });

        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Lost, startedAt, 0), (result.State, result.StartedAt, Count(host)));
        Assert.Equal("The host was restarted while the run was going on.", result.Error);
    }

    [Fact]
    public async Task Journal_StartingWithDamagedAssignment_IsLostNotStarted()
    {
        var run = default(RunAssignment)!;
        await using var host = Prepared(h =>
        {
            var folder = h.Journal.Folder((run = Counting(h)).RunId);
            folder.WriteAssignment(run);
            File.WriteAllText(Path.Combine(folder.DirectoryPath, "assignment.json"), "{\"runId\":");
            folder.WriteStarting(new StartingRecord(1, BootId.Read()));
        });

        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Lost, 0), (result.State, Count(host)));
    }

    [Fact]
    public async Task Journal_WithResult_IsReportedNotStarted()
    {
        var run = default(RunAssignment)!;
        await using var host = Prepared(h =>
        {
            var folder = h.Journal.Folder((run = Counting(h)).RunId);
            folder.WriteAssignment(run);
            folder.WriteStarting(new StartingRecord(1, BootId.Read()));
            folder.WriteResult(new RunFinished(run.RunId, RunState.Failed, 9, null, null, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow, 0, false));
        });

        var result = await host.FinishedAsync(run.RunId);

        Assert.Equal((RunState.Failed, 9, 0), (result.State, result.ExitCode, Count(host)));
    }

    [Fact]
    public async Task Journal_BurialInterrupted_IsNeitherStartedNorReported()
    {
        var run = default(RunAssignment)!;
        await using var host = Prepared(h =>
        {
            var folder = h.Journal.Folder((run = Counting(h)).RunId);
            folder.Bury(DateTimeOffset.UtcNow.AddHours(1));
            folder.WriteAssignment(run);
        });

        await host.Manager.AcceptAsync(run, TestHost.Timeout);
        await host.RunAsync(Assignments.Command("true"));

        Assert.Empty(host.Center[run.RunId].Calls);
        Assert.Equal((0, 1), (Count(host), Directory.GetFiles(host.Journal.Folder(run.RunId).DirectoryPath).Length));
    }

    [Fact]
    public async Task Supervisors_TenOfThemForOneRun_StartItOnce()
    {
        await using var host = new TestHost(start: false);
        var run = Counting(host, "sleep 0.2");
        var folder = host.Journal.Folder(run.RunId);
        folder.WriteAssignment(run);

        var supervisors = Enumerable.Range(0, 10).Select(_ => TestHost.Supervisor.Start(folder.DirectoryPath)).ToList();
        await Task.WhenAll(supervisors.Select(supervisor => supervisor.WaitForExitAsync(TestHost.Timeout)));

        Assert.Equal(1, Count(host));
        Assert.Single(supervisors, supervisor => supervisor.ExitCode == 0);
        Assert.Equal(RunState.Succeeded, folder.ReadResult()!.State);
    }

    [Fact]
    public async Task Agents_KilledAgainAndAgain_RunEachRunOnce()
    {
        await using var host = new TestHost(mostAtOnce: 3);
        var runs = Enumerable.Range(0, 12).Select(_ => Counting(host, "sleep 0.3")).ToList();
        foreach (var run in runs)
        {
            await host.Manager.AcceptAsync(run, TestHost.Timeout);
        }

        for (var i = 0; i < 8; i++)
        {
            await Task.Delay(i * 37 % 150, TestHost.Timeout);
            await host.StopAsync();
            host.Start(mostAtOnce: 3);
        }
        var results = await Task.WhenAll(runs.Select(run => host.FinishedAsync(run.RunId)));

        Assert.All(results, result => Assert.Equal(RunState.Succeeded, result.State));
        Assert.Equal(12, Count(host));
    }

    [Fact]
    public async Task Supervisor_CannotBeStarted_FailsAfterThreeAttempts()
    {
        await using var host = new TestHost(start: false);
        host.Start(supervisor: new SupervisorCommand("/bin/false"));

        var result = await host.RunAsync(Assignments.Command("true"));

        Assert.Equal((RunState.Failed, null), (result.State, result.StartedAt));
        Assert.Contains("supervisor", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Supervise_NotARunFolder_IsRefused()
    {
        await using var host = new TestHost(start: false);
        using var supervisor = Process.Start(new ProcessStartInfo(TestHost.Supervisor.Program)
        {
            ArgumentList = { "supervise", host.Folder },
            RedirectStandardError = true,
        })!;

        Assert.Contains("is not the folder of a run", await supervisor.StandardError.ReadToEndAsync(TestHost.Timeout), StringComparison.Ordinal);
        await supervisor.WaitForExitAsync(TestHost.Timeout);
        Assert.Equal(2, supervisor.ExitCode);
    }

    internal static async Task BuriedAsync(TestHost host, Guid runId) =>
        await TestHost.EventuallyAsync(
            () => !host.Manager.Unacknowledged().Contains(runId) && host.Journal.Folder(runId).IsAcknowledged, "The run was not buried.");

    private static TestHost Prepared(Action<TestHost> journal)
    {
        var host = new TestHost(start: false);
        journal(host);
        host.Start();
        return host;
    }

    private static RunAssignment Counting(TestHost host, string then = "") =>
        Assignments.Script("echo ran >> \"$1\"\n" + then, host.At("count"));

    private static int Count(TestHost host) => File.Exists(host.At("count")) ? File.ReadAllLines(host.At("count")).Length : 0;
}
