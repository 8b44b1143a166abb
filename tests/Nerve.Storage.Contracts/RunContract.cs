using Microsoft.Extensions.DependencyInjection;
using Nerve.Protocol.Runs;
using Nerve.Server.Portable;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.Contracts;

/// <summary>Runs: finding, listing, and changing them under contention.</summary>
public abstract class RunContract : StoreContract
{
    /// <summary>As a store without transactions is left, or one that was restored from a copy of two moments.</summary>
    [Fact]
    public async Task Settle_TasksWhoseRunsAreAllOver_FollowThem_AndNoOthers()
    {
        var (stranded, going, pending) = (Build.Task() with { State = TaskState.Running }, Build.Task() with { State = TaskState.Running }, Build.Task());
        var ended = Build.Run(stranded) with { State = RunState.Succeeded, OfferedAt = Build.Now, FinishedAt = Build.Now.AddMinutes(1) };
        var storage = (IPortableStorage)Stores.Services.GetRequiredService<IStorage>();
        await storage.ImportAsync([stranded, going, pending], Cancel);
        await storage.ImportAsync(
            [ended, Build.Run(stranded) with { State = RunState.Failed, FinishedAt = Build.Now }, Build.Run(going) with { State = RunState.Running },
                Build.Run(going) with { State = RunState.Succeeded, FinishedAt = Build.Now }, Build.Run(pending)],
            Cancel);

        Assert.Equal([stranded.Id], await Stores.Tasks.SettleTasksAsync(100, Cancel));
        Assert.Empty(await Stores.Tasks.SettleTasksAsync(100, Cancel));

        var now = (await Stores.Tasks.FindAsync(stranded.Id, Cancel))!;
        Assert.Equal((TaskState.Failed, Build.Now.AddMinutes(1)), (now.State, now.FinishedAt));
        Assert.Equal(TaskState.Running, (await Stores.Tasks.FindAsync(going.Id, Cancel))!.State);
        Assert.Equal(TaskState.Pending, (await Stores.Tasks.FindAsync(pending.Id, Cancel))!.State);
    }

    [Fact]
    public async Task Find_EveryField_ComesBackAsItWas()
    {
        var task = Build.Task();
        var run = Build.Run(task) with
        {
            State = RunState.Failed,
            ExitCode = -1,
            Signal = "SIGKILL",
            Error = "驱动 failed",
            OfferedAt = Build.Now.AddMilliseconds(1),
            CancelRequestedAt = Build.Now.AddMilliseconds(2),
            StartedAt = Build.Now.AddMilliseconds(3),
            FinishedAt = Build.Now.AddMilliseconds(4),
            OutputBytes = 5_000_000_000,
            OutputTruncated = true,
            StoredBytes = 4_000_000_000,
        };
        await Stores.Tasks.AddAsync(task, [run, Build.Run(task)], Cancel);

        Assert.Equal(run, await Stores.Tasks.FindRunAsync(run.Id, Cancel));
        Assert.Equal(run, await Stores.Tasks.FindRunAsync(task.Id, run.AgentId, Cancel));
        Assert.Null(await Stores.Tasks.FindRunAsync(Build.Id(), Cancel));
        Assert.Null(await Stores.Tasks.FindRunAsync(task.Id, Build.Id(), Cancel));
    }

    [Fact]
    public async Task List_ByPages_GoesThroughTheTasksRunsOnly()
    {
        var (task, other) = (Build.Task(), Build.Task());
        var ids = Build.Ids(13);
        await Stores.Tasks.AddAsync(
            task, [.. ids.Reverse().Select((id, i) => Build.Run(task, id: id) with { State = i < 5 ? RunState.Running : RunState.Pending })], Cancel);
        await Stores.Tasks.AddAsync(other, [Build.Run(other)], Cancel);

        var read = await ReadPagesAsync(
            async after => (await Stores.Tasks.ListRunsAsync(task.Id, null, after, 4, Cancel)).Runs, run => run.Id, 4);
        var running = await Stores.Tasks.ListRunsAsync(task.Id, RunState.Running, ids[8], 2, Cancel);

        Assert.Equal(ids, read.Select(run => run.Id));
        Assert.Equal([ids[9], ids[10]], running.Runs.Select(run => run.Id));
        Assert.Equal(5, running.Total);
    }

    [Fact]
    public async Task ListOfAgent_ByPages_GoesBackNewestFirst()
    {
        var agent = Build.Id();
        var ids = Build.Ids(9);
        foreach (var id in ids)
        {
            var task = Build.Task();
            await Stores.Tasks.AddAsync(task, [Build.Run(task, agent, id), Build.Run(task)], Cancel);
        }

        var read = await ReadPagesAsync(
            async before => (await Stores.Tasks.ListRunsOfAgentAsync(agent, before, 4, Cancel)).Runs, run => run.Id, 4);

        Assert.Equal(ids.Reverse(), read.Select(run => run.Id));
        Assert.Equal(9, (await Stores.Tasks.ListRunsOfAgentAsync(agent, ids[2], 1, Cancel)).Total);
    }

    [Fact]
    public async Task OpenRuns_SomeAreOver_AnswersTheOthersOldestFirst()
    {
        var agent = Build.Id();
        var states = new[] { RunState.Running, RunState.Succeeded, RunState.Pending, RunState.Lost, RunState.Pending };
        var ids = Build.Ids(states.Length);
        foreach (var (state, id) in states.Zip(ids).Reverse())
        {
            var task = Build.Task();
            await Stores.Tasks.AddAsync(task, [Build.Run(task, agent, id) with { State = state }], Cancel);
        }

        Assert.Equal([ids[0], ids[2], ids[4]], (await Stores.Tasks.OpenRunsAsync(agent, 10, Cancel)).Select(run => run.Id));
        Assert.Equal([ids[0], ids[2]], (await Stores.Tasks.OpenRunsAsync(agent, 2, Cancel)).Select(run => run.Id));
    }

    [Fact]
    public async Task AgentsWithWork_RunsOfAllKinds_AnswersWhoHasOneToStartOrToStop()
    {
        var (toStart, toStop) = (Build.Id(), Build.Id());
        var stopping = Build.Now.AddSeconds(1);
        var (first, second) = (Build.Task(), Build.Task());
        await Stores.Tasks.AddAsync(
            first,
            [
                Build.Run(first, toStart),
                Build.Run(first, toStop) with { State = RunState.Running, CancelRequestedAt = stopping },
                Build.Run(first) with { State = RunState.Running },
                Build.Run(first) with { State = RunState.Cancelled, CancelRequestedAt = stopping },
                Build.Run(first) with { State = RunState.Lost },
            ],
            Cancel);
        await Stores.Tasks.AddAsync(
            second,
            [
                Build.Run(second, toStart) with { OfferedAt = Build.Now, CancelRequestedAt = stopping },
                Build.Run(second, toStop) with { State = RunState.Succeeded },
            ],
            Cancel);

        var agents = await Stores.Tasks.AgentsWithWorkAsync(Cancel);

        Assert.Equal(new[] { toStart, toStop }.Order(), agents.Order());
    }

    [Fact]
    public async Task AgentsWithWork_NothingToDo_AnswersNobody() => Assert.Empty(await Stores.Tasks.AgentsWithWorkAsync(Cancel));

    [Fact]
    public async Task Change_ManyAtOnce_OneWins()
    {
        var run = await AddAsync(Build.Task());

        var won = await Contention.RunAsync(caller => Stores.Tasks.ChangeRunAsync(
            run.Id, RunTransitions.PendingOnly, old => old with { State = RunState.Running, Error = $"{caller}" }, Cancel));

        var winner = Assert.Single(won.OfType<Run>());
        Assert.Equal(winner, await Stores.Tasks.FindRunAsync(run.Id, Cancel));
    }

    [Fact]
    public async Task Change_KeepingTheStateByManyAtOnce_LosesNothing()
    {
        var run = await AddAsync(Build.Task());

        await Contention.RunAsync(_ => Stores.Tasks.ChangeRunAsync(
            run.Id, RunTransitions.Open, old => old with { OutputBytes = old.OutputBytes + 1 }, Cancel));

        Assert.Equal(Contention.Callers, (await Stores.Tasks.FindRunAsync(run.Id, Cancel))!.OutputBytes);
    }

    [Fact]
    public async Task Change_FromAnotherStateOrUnknown_AnswersNullAndChangesNothing()
    {
        var run = await AddAsync(Build.Task());

        Assert.Null(await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.RunningOnly, old => old with { ExitCode = 1 }, Cancel));
        Assert.Null(await Stores.Tasks.ChangeRunAsync(Build.Id(), RunTransitions.Open, old => old, Cancel));

        Assert.Equal(run, await Stores.Tasks.FindRunAsync(run.Id, Cancel));
    }

    [Fact]
    public async Task Change_OneRunAfterTheOther_TheTaskFollows()
    {
        var task = Build.Task();
        var (one, other) = (Build.Run(task), Build.Run(task));
        await Stores.Tasks.AddAsync(task, [one, other], Cancel);

        await ChangeAsync(one, RunState.Running);
        Assert.Equal(TaskState.Running, (await Stores.Tasks.FindAsync(task.Id, Cancel))!.State);

        await ChangeAsync(one, RunState.Failed);
        Assert.Equal((TaskState.Running, null), await StateAsync(task));

        await ChangeAsync(other, RunState.Succeeded);
        Assert.Equal((TaskState.Failed, Build.Now), await StateAsync(task));
    }

    /// <summary>Each sees the others unfinished unless the store makes them wait for each other: then the task would never end.</summary>
    [Fact]
    public async Task Change_AllRunsEndAtOnce_TheTaskEnds()
    {
        var task = Build.Task();
        var runs = Enumerable.Range(0, Contention.Callers).Select(_ => Build.Run(task)).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);

        await Contention.RunAsync(caller => ChangeAsync(runs[caller], RunState.Succeeded));

        Assert.Equal((TaskState.Succeeded, Build.Now), await StateAsync(task));
    }

    [Fact]
    public async Task Change_WhileOutputArrives_KeepsTheStoredLength()
    {
        var run = await AddAsync(Build.Task());

        await Contention.RunAsync(async caller =>
        {
            for (var i = 0; i < 10; i++)
            {
                if (caller == 0)
                {
                    await Stores.Tasks.AppendOutputAsync(Build.Output(run.Id, i, [(byte)i]), Cancel);
                }
                else
                {
                    await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.Open, old => old with { StoredBytes = 0 }, Cancel);
                }
            }
        });

        Assert.Equal(10, (await Stores.Tasks.FindRunAsync(run.Id, Cancel))!.StoredBytes);
    }

    [Fact]
    public async Task Change_TheChangeItselfFails_LeavesTheRunAndTheStoreUsable()
    {
        var run = await AddAsync(Build.Task());

        await Assert.ThrowsAsync<InvalidOperationException>(() => Stores.Tasks.ChangeRunAsync(
            run.Id, RunTransitions.Open, _ => throw new InvalidOperationException(), Cancel));

        Assert.NotNull(await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.Open, old => old with { ExitCode = 3 }, Cancel));
    }

    /// <summary>Agents send any text; no engine may refuse a result because of it.</summary>
    [Theory]
    [InlineData("before \0 after")]
    [InlineData("before \ud83d after")]
    [InlineData("before \udd25 after")]
    public async Task Change_TextThatSomeEnginesCannotHold_IsKeptHarmless(string error)
    {
        var run = await AddAsync(Build.Task());

        await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.Open, old => old with { Error = error }, Cancel);

        var stored = (await Stores.Tasks.FindRunAsync(run.Id, Cancel))!.Error!;
        Assert.StartsWith("before ", stored, StringComparison.Ordinal);
        Assert.EndsWith(" after", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overdue_PendingAndOffered_FollowsTheirOwnDeadlines()
    {
        var grace = TimeSpan.FromHours(1);
        var task = Build.Task() with { ExpiresAt = Build.Now, Spec = new TaskSpec { Command = "x", TimeoutSeconds = 60 } };
        var (waiting, offered, running) = (Build.Run(task), Build.Run(task) with { OfferedAt = Build.Now }, Build.Run(task) with { OfferedAt = Build.Now, State = RunState.Running });
        await Stores.Tasks.AddAsync(task, [waiting, offered, running, Build.Run(task) with { State = RunState.Succeeded }], Cancel);

        Assert.Empty(await OverdueAsync(Build.Now.AddMilliseconds(-1)));
        Assert.Equal([waiting.Id], await OverdueAsync(Build.Now));
        Assert.Equal([waiting.Id], await OverdueAsync(Build.Now.AddHours(1).AddSeconds(60).AddMilliseconds(-1)));
        Assert.Equal(
            new[] { waiting.Id, offered.Id, running.Id }.Order(), await OverdueAsync(Build.Now.AddHours(1).AddSeconds(60)));

        async Task<IEnumerable<Guid>> OverdueAsync(DateTimeOffset now) =>
            (await Stores.Tasks.OverdueRunsAsync(now, grace, 10, Cancel)).Select(run => run.Id);
    }

    /// <summary>Many long runs that are expired and still within their time must not hide the one whose time is over.</summary>
    [Fact]
    public async Task Overdue_MoreUnfinishedThanTheLimit_StillFindsTheOverdue()
    {
        var ids = Build.Ids(12);
        var patient = Build.Task() with { ExpiresAt = Build.Now, Spec = new TaskSpec { Command = "x", TimeoutSeconds = 86400 } };
        var strict = Build.Task() with { ExpiresAt = Build.Now, Spec = new TaskSpec { Command = "x", TimeoutSeconds = 1 } };
        await Stores.Tasks.AddAsync(patient, [.. ids.Take(10).Select(id => Build.Run(patient, id: id) with { OfferedAt = Build.Now })], Cancel);
        await Stores.Tasks.AddAsync(strict, [.. ids.Skip(10).Select(id => Build.Run(strict, id: id) with { OfferedAt = Build.Now })], Cancel);

        var overdue = await Stores.Tasks.OverdueRunsAsync(Build.Now.AddHours(2), TimeSpan.FromHours(1), 1, Cancel);

        Assert.Equal(ids[10], Assert.Single(overdue).Id);
    }

    private async Task<Run> AddAsync(NerveTask task)
    {
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        return run;
    }

    private async Task ChangeAsync(Run run, RunState state) =>
        Assert.NotNull(await Stores.Tasks.ChangeRunAsync(
            run.Id,
            RunTransitions.Open,
            old => old with { State = state, FinishedAt = state == RunState.Running ? null : Build.Now },
            Cancel));

    private async Task<(TaskState State, DateTimeOffset? FinishedAt)> StateAsync(NerveTask task)
    {
        var stored = (await Stores.Tasks.FindAsync(task.Id, Cancel))!;
        return (stored.State, stored.FinishedAt);
    }
}
