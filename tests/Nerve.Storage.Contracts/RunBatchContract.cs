using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Outputs;

namespace Nerve.Storage.Contracts;

/// <summary>Changes of many runs, and output of many runs, in one call.</summary>
public abstract class RunBatchContract : StoreContract
{
    [Fact]
    public async Task Change_ManyRunsOfTwoTasks_EachChangesAsItIsAndItsTaskFollows()
    {
        var (first, second) = (Build.Task(), Build.Task());
        var runs = Enumerable.Range(0, 40).Select(i => Build.Run(i < 30 ? first : second)).ToList();
        await Stores.Tasks.AddAsync(first, runs[..30], Cancel);
        await Stores.Tasks.AddAsync(second, runs[30..], Cancel);

        var answers = await Stores.Tasks.ChangeRunsAsync([.. runs.Select((run, i) => End(run, exitCode: i, at: i))], Cancel);

        Assert.Equal(Enumerable.Range(0, 40), answers.Select(answer => answer.After!.ExitCode!.Value));
        Assert.Equal(runs, answers.Select(answer => answer.Before));
        Assert.Equal(answers.Select(answer => answer.After), await ReadAsync(runs));
        Assert.Equal((TaskState.Succeeded, Build.Now.AddSeconds(29)), await StateAsync(first));
        Assert.Equal((TaskState.Succeeded, Build.Now.AddSeconds(39)), await StateAsync(second));
    }

    [Fact]
    public async Task Change_EveryField_IsWritten()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run, Build.Run(task)], Cancel);
        var wanted = run with
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
        };

        await Stores.Tasks.ChangeRunsAsync([new RunChange(run.Id, _ => wanted)], Cancel);
        Assert.Equal([wanted], await ReadAsync([run]));

        await Stores.Tasks.ChangeRunsAsync([new RunChange(run.Id, _ => run)], Cancel);
        Assert.Equal([run], await ReadAsync([run]));
    }

    [Fact]
    public async Task Offer_ManyRuns_NotesThoseThatWaitForTheirAgentAndCountsThem()
    {
        var task = Build.Task();
        var (waits, offered, stopped, runs, other) = (Build.Run(task), Build.Run(task), Build.Run(task), Build.Run(task), Build.Run(task));
        offered = offered with { OfferedAt = Build.Now.AddSeconds(-9) };
        stopped = stopped with { CancelRequestedAt = Build.Now };
        runs = runs with { State = RunState.Running };
        await Stores.Tasks.AddAsync(task, [waits, offered, stopped, runs, other], Cancel);

        Assert.Equal(2, await Stores.Tasks.OfferRunsAsync([waits.Id, offered.Id, stopped.Id, runs.Id, Guid.NewGuid()], Build.Now, Cancel));

        Assert.Equal([waits with { OfferedAt = Build.Now }, offered, stopped, runs, other], await ReadAsync([waits, offered, stopped, runs, other]));
    }

    /// <summary>An agent's start and end may share a batch.</summary>
    [Fact]
    public async Task Change_TheSameRunTwice_TheSecondFindsWhatTheFirstMade()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);

        var answers = await Stores.Tasks.ChangeRunsAsync([Start(run), Start(run), End(run)], Cancel);

        Assert.Equal([RunState.Running, null, RunState.Succeeded], answers.Select(answer => answer.After?.State));
        Assert.Equal([RunState.Pending, RunState.Running, RunState.Running], answers.Select(answer => answer.Before!.State));
        var stored = Assert.Single(await ReadAsync([run]));
        Assert.Equal((RunState.Succeeded, Build.Now), (stored.State, stored.StartedAt));
    }

    [Fact]
    public async Task Change_SomeUnknownAndSomeLeft_TheOthersChange()
    {
        var task = Build.Task();
        var (one, other) = (Build.Run(task), Build.Run(task));
        await Stores.Tasks.AddAsync(task, [one, other], Cancel);
        var stranger = Build.Run(task);

        var answers = await Stores.Tasks.ChangeRunsAsync([Start(stranger), new RunChange(one.Id, _ => null), Start(other)], Cancel);

        Assert.Equal(new RunChanged(null, null), answers[0]);
        Assert.Equal(new RunChanged(one, null), answers[1]);
        Assert.Equal([one, other with { State = RunState.Running, StartedAt = Build.Now }], await ReadAsync([one, other]));
    }

    /// <summary>Two centers get the reports of one agent whose link changed hands.</summary>
    [Fact]
    public async Task Change_TheSameRunsByManyAtOnce_OneWinsEach()
    {
        var task = Build.Task();
        var runs = Enumerable.Range(0, 20).Select(_ => Build.Run(task)).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);

        var answers = await Contention.RunAsync(caller => Stores.Tasks.ChangeRunsAsync(
            [.. runs.Select(run => End(run, exitCode: caller)).OrderBy(_ => Random.Shared.Next())], Cancel));

        var won = answers.SelectMany(answer => answer).Select(answer => answer.After).OfType<Run>().ToList();
        Assert.Equal(runs.Select(run => run.Id).Order(), won.Select(run => run.Id).Order());
        Assert.Equal(won.OrderBy(run => run.Id), (await ReadAsync(runs)).OrderBy(run => run.Id));
        Assert.Equal(TaskState.Succeeded, (await StateAsync(task)).State);
    }

    [Fact]
    public async Task Change_TheChangeItselfFails_NothingIsWritten()
    {
        var task = Build.Task();
        var (one, other) = (Build.Run(task), Build.Run(task));
        await Stores.Tasks.AddAsync(task, [one, other], Cancel);

        await Assert.ThrowsAsync<InvalidOperationException>(() => Stores.Tasks.ChangeRunsAsync(
            [Start(one), new RunChange(other.Id, _ => throw new InvalidOperationException())], Cancel));

        Assert.Equal([one, other], await ReadAsync([one, other]));
    }

    [Fact]
    public async Task Change_TaskRunsAndEndsInParts_FollowsOnlyWhenTheLastEnds()
    {
        var task = Build.Task();
        var runs = Enumerable.Range(0, 10).Select(_ => Build.Run(task)).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);

        await Stores.Tasks.ChangeRunsAsync([.. runs[..9].Select(run => End(run))], Cancel);
        Assert.Equal((TaskState.Running, null), await StateAsync(task));

        await Stores.Tasks.ChangeRunsAsync([Start(runs[9])], Cancel);
        Assert.Equal((TaskState.Running, null), await StateAsync(task));

        await Stores.Tasks.ChangeRunsAsync([End(runs[9])], Cancel);
        Assert.Equal((TaskState.Succeeded, Build.Now), await StateAsync(task));
    }

    [Fact]
    public async Task Change_TheLastRunEnds_TheSecretsOfItsTaskAreForgotten()
    {
        var task = Build.Task() with { SealedSecrets = "sealed" };
        var (one, other) = (Build.Run(task), Build.Run(task));
        await Stores.Tasks.AddAsync(task, [one, other], Cancel);
        await Stores.Tasks.ChangeRunsAsync([Start(one), End(one)], Cancel);
        Assert.Equal("sealed", (await Stores.Tasks.FindAsync(task.Id, Cancel))!.SealedSecrets);

        await Stores.Tasks.ChangeRunsAsync([End(other)], Cancel);

        Assert.Null((await Stores.Tasks.FindAsync(task.Id, Cancel))!.SealedSecrets);
    }

    [Fact]
    public async Task Change_WithASuccessor_AddsItAndTheTaskGoesOn()
    {
        var task = Build.Task();
        var run = Build.Run(task);
        await Stores.Tasks.AddAsync(task, [run], Cancel);
        await Stores.Tasks.ChangeRunsAsync([Start(run)], Cancel);

        var answers = await Contention.RunAsync(_ => Stores.Tasks.ChangeRunsAsync([Retry(run)], Cancel));

        var won = Assert.Single(answers.Select(answer => answer[0]).Where(answer => answer.After is not null));
        Assert.Equal(won.Added, await Stores.Tasks.FindRunAsync(task.Id, run.AgentId, null, Cancel));
        Assert.Equal(won.After, await Stores.Tasks.FindRunAsync(task.Id, run.AgentId, 1, Cancel));
        Assert.Equal((2, Build.Now.AddMinutes(1)), (won.Added!.Attempt, won.Added.NotBefore));
        Assert.Equal((TaskState.Running, null), await StateAsync(task));
        Assert.Equal([won.Added!], (await Stores.Tasks.ListRunsAsync(task.Id, null, null, 10, Cancel)).Runs);
        Assert.Equal([won.After!], (await Stores.Tasks.ListRunsAsync(task.Id, RunState.Retried, null, 10, Cancel)).Runs);
        Assert.Equal(new RunCounts(Pending: 1), (await Stores.Tasks.CountRunsAsync([task.Id], Cancel))[task.Id]);

        await Stores.Tasks.ChangeRunsAsync([End(won.Added)], Cancel);
        Assert.Equal((TaskState.Succeeded, Build.Now), await StateAsync(task));
    }

    [Fact]
    public async Task CountOutputs_OfRunsOfAllKinds_CountsThoseThatAreOverAndHashed()
    {
        var task = Build.Task();
        RunState[] states = [RunState.Succeeded, RunState.Succeeded, RunState.Failed, RunState.Succeeded, RunState.Running, RunState.Retried];
        var runs = states.Select(state => Build.Run(task) with { State = state, ExitCode = state == RunState.Succeeded ? 0 : null }).OrderBy(run => run.Id).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);
        var over = runs.Where(run => run.State is RunState.Succeeded or RunState.Failed).ToList();
        Assert.Equal(over, await Stores.Tasks.UnhashedRunsAsync(task.Id, 10, Cancel));
        Assert.Equal(over[..2], await Stores.Tasks.UnhashedRunsAsync(task.Id, 2, Cancel));

        var succeeded = over.Where(run => run.State == RunState.Succeeded).ToList();
        await Stores.Tasks.SetOutputHashesAsync([(succeeded[0].Id, "a"), (succeeded[1].Id, "a"), (over.Single(run => run.State == RunState.Failed).Id, "a")], Cancel);

        Assert.Equal([succeeded[2]], await Stores.Tasks.UnhashedRunsAsync(task.Id, 10, Cancel));
        Assert.Equal(
            [new OutputCount(RunState.Succeeded, 0, "a", 2), new OutputCount(RunState.Failed, null, "a", 1)], await Stores.Tasks.CountOutputsAsync(task.Id, Cancel));
        var (found, total) = await Stores.Tasks.ListRunsAsync(task.Id, new RunFilter(RunState.Succeeded, "a", 0), null, 10, Cancel);
        Assert.Equal(succeeded[..2].Select(run => run.Id), found.Select(run => run.Id));
        Assert.Equal(2, total);
    }

    [Fact]
    public async Task OpenRuns_OfManyAgents_AnswersOfEachTheOldest()
    {
        var (one, other, nobody) = (Build.Id(), Build.Id(), Build.Id());
        var ids = Build.Ids(7);
        Guid[] agents = [one, other, one, one, other, one, Build.Id()];
        foreach (var (agent, id) in agents.Zip(ids))
        {
            var task = Build.Task();
            await Stores.Tasks.AddAsync(task, [Build.Run(task, agent, id)], Cancel);
        }

        var open = await Stores.Tasks.OpenRunsAsync([one, other, nobody], 3, Cancel);

        Assert.Equal([ids[0], ids[1], ids[2], ids[3], ids[4]], open.Select(run => run.Id));
    }

    [Fact]
    public async Task Append_PiecesOfManyRuns_EachGoesBehindItsRun()
    {
        var task = Build.Task();
        var runs = Enumerable.Range(0, 3).Select(_ => Build.Run(task)).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);

        var lengths = await Stores.Tasks.AppendOutputsAsync(
            [
                Build.Output(runs[0].Id, 0, [1, 2]),
                Build.Output(runs[1].Id, 0, [3]),
                Build.Output(runs[0].Id, 2, [4]),
                Build.Output(runs[0].Id, 0, [9, 9]), // again
                Build.Output(runs[2].Id, 5, [9]), // too far
                Build.Output(Build.Id(), 0, [9]),
            ],
            Cancel);

        Assert.Equal([2, 1, 3, 3, 0, null], lengths);
        Assert.Equal([1, 2, 4], await OutputAsync(runs[0]));
        Assert.Equal([3], await OutputAsync(runs[1]));
        Assert.Empty(await OutputAsync(runs[2]));
        Assert.Equal([3L, 1L, 0L], (await ReadAsync(runs)).Select(run => run.StoredBytes));
    }

    [Fact]
    public async Task Append_TheSamePiecesByManyAtOnce_AreThereOnce()
    {
        var task = Build.Task();
        var runs = Enumerable.Range(0, 8).Select(_ => Build.Run(task)).ToList();
        await Stores.Tasks.AddAsync(task, runs, Cancel);

        var lengths = await Contention.RunAsync(_ => Stores.Tasks.AppendOutputsAsync(
            [.. runs.OrderBy(_ => Random.Shared.Next()).Select(run => Build.Output(run.Id, 0, [1, 2, 3]))], Cancel));

        Assert.All(lengths.SelectMany(length => length), length => Assert.Equal(3, length));
        foreach (var run in runs)
        {
            Assert.Equal([1, 2, 3], await OutputAsync(run));
        }
    }

    private static RunChange Start(Run run) =>
        new(run.Id, old => old.State == RunState.Pending ? old with { State = RunState.Running, StartedAt = Build.Now } : null);

    private static RunChange Retry(Run run) => new(
        run.Id, old => old.State == RunState.Running ? old with { State = RunState.Retried, ExitCode = 75, FinishedAt = Build.Now } : null)
    {
        Successor = ended => new Run
        {
            Id = Build.Id(),
            TaskId = ended.TaskId,
            AgentId = ended.AgentId,
            Hostname = ended.Hostname,
            Attempt = ended.Attempt + 1,
            NotBefore = Build.Now.AddMinutes(1),
        },
    };

    private static RunChange End(Run run, int exitCode = 0, int at = 0) => new(run.Id, old => old.IsOver
        ? null
        : old with { State = RunState.Succeeded, ExitCode = exitCode, FinishedAt = Build.Now.AddSeconds(at) });

    private async Task<IEnumerable<Run>> ReadAsync(IReadOnlyList<Run> runs)
    {
        var stored = (await Stores.Tasks.FindRunsAsync([.. runs.Select(run => run.Id)], Cancel)).ToDictionary(run => run.Id);
        return runs.Select(run => stored[run.Id]);
    }

    private async Task<byte[]> OutputAsync(Run run) =>
        [.. (await Stores.Tasks.ReadOutputAsync(run.Id, 0, 1000, Cancel)).SelectMany(piece => piece.Data)];

    private async Task<(TaskState State, DateTimeOffset? FinishedAt)> StateAsync(NerveTask task)
    {
        var stored = (await Stores.Tasks.FindAsync(task.Id, Cancel))!;
        return (stored.State, stored.FinishedAt);
    }
}
