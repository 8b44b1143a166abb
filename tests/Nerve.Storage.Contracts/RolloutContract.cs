using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.Contracts;

/// <summary>Rollouts: their state, of which only one can be next, and the runs that wait for their turn.</summary>
public abstract class RolloutContract : StoreContract
{
    private static readonly RolloutSpec s_spec = new("1, 10%", 4, "5%", OnFailures.Pause, PauseSeconds: 30, Confirm: true, SoakSeconds: 60);

    [Fact]
    public async Task Find_EveryField_ComesBackAsItWas()
    {
        var rollout = new Rollout
        {
            Spec = s_spec,
            Hosts = 3,
            Batches = 3,
            Lost = 1,
            LostBefore = 4,
            Phase = RolloutPhase.Paused,
            Batch = 2,
            Until = Build.Now.AddMinutes(3),
            Reason = "ada paused it 驱动",
            HaltedBy = "ada",
            Interrupted = RolloutPhase.Soaking,
            Failures = 2,
            Forgiven = 1,
            Releasing = [Build.Id(), Build.Id()],
            Step = 7_000_000_000,
        };
        var task = Build.Task() with { Rollout = rollout, RetryOf = Build.Id() };
        await Stores.Tasks.AddAsync(task, Waiting(task, 1), Cancel);

        var found = await Stores.Tasks.FindAsync(task.Id, Cancel);

        Assert.Equal(rollout with { Releasing = found!.Rollout!.Releasing }, found.Rollout);
        Assert.Equal(rollout.Releasing, found.Rollout.Releasing);
        Assert.Equal(task.RetryOf, found.RetryOf);
        Assert.Equal(new RolloutSpec(), (await AddAsync(new RolloutSpec(), 1)).Task.Rollout!.Spec);
    }

    [Fact]
    public async Task Change_ByManyFromTheSameState_LetsOneThrough()
    {
        var (task, _) = await AddAsync(s_spec, 3);

        var changed = await Contention.RunAsync(caller => Stores.Tasks.ChangeRolloutAsync(
            task.Id, now => now.Step == 0 ? now with { Step = 1, Batch = caller } : null, Cancel));

        var winner = Assert.Single(changed.OfType<Rollout>());
        Assert.Equal(winner.Batch, (await Stores.Tasks.FindAsync(task.Id, Cancel))!.Rollout!.Batch);
    }

    [Fact]
    public async Task Change_OfATask_LeavesTheRestOfItAlone()
    {
        var (task, runs) = await AddAsync(s_spec, 2);
        await Stores.Tasks.ReleaseRunsAsync([runs[0].Id], Cancel);
        await Stores.Tasks.ChangeRunAsync(runs[0].Id, RunTransitions.PendingOnly, run => run with { State = RunState.Running }, Cancel);

        await Stores.Tasks.ChangeRolloutAsync(task.Id, now => now with { Step = 1 }, Cancel);

        var found = (await Stores.Tasks.FindAsync(task.Id, Cancel))!;
        Assert.Equal((TaskState.Running, task.Spec.Command), (found.State, found.Spec.Command));
        Assert.Equal(task.Id, Assert.Single((await Stores.Tasks.ListAsync(null, task.Spec.Command, null, 10, Cancel)).Tasks).Id); // still found by its words
        Assert.Null(await Stores.Tasks.ChangeRolloutAsync(Build.Id(), now => now, Cancel));
    }

    [Fact]
    public async Task Unfinished_OfAllTasks_AreThoseWithARolloutOnly()
    {
        var (open, _) = await AddAsync(s_spec, 1);
        var (over, runs) = await AddAsync(s_spec, 1);
        await Stores.Tasks.EndUnbegunRunsAsync(over.Id, RunState.Cancelled, "stopped", Build.Now, Cancel);
        var plain = Build.Task();
        await Stores.Tasks.AddAsync(plain, [Build.Run(plain)], Cancel);

        Assert.Equal([open.Id], await Stores.Tasks.UnfinishedRolloutsAsync(Cancel));
        Assert.Equal(TaskState.Cancelled, (await Stores.Tasks.FindAsync(over.Id, Cancel))!.State);
        Assert.Equal("stopped", (await Stores.Tasks.FindRunAsync(runs[0].Id, Cancel))!.Error);
    }

    [Fact]
    public async Task Release_OfSome_LetsThoseGoThatWait()
    {
        var (task, runs) = await AddAsync(s_spec, 3);
        await Stores.Tasks.ChangeRunAsync(runs[1].Id, RunTransitions.Unfinished, run => run with { State = RunState.Cancelled }, Cancel);

        await Stores.Tasks.ReleaseRunsAsync([runs[0].Id, runs[1].Id], Cancel);
        await Stores.Tasks.ReleaseRunsAsync([runs[0].Id, runs[1].Id], Cancel);

        Assert.Equal(
            [RunState.Pending, RunState.Cancelled, RunState.Waiting],
            (await Stores.Tasks.ListRunsAsync(task.Id, null, null, 10, Cancel)).Runs.Select(run => run.State));
        Assert.Equal([runs[0].AgentId], await Stores.Tasks.AgentsWithWorkAsync(Cancel));
        Assert.Empty(await Stores.Tasks.OpenRunsAsync(runs[2].AgentId, 10, Cancel));
    }

    [Fact]
    public async Task EndUnbegun_OfATask_LeavesWhatWasOffered()
    {
        var (task, runs) = await AddAsync(s_spec, 4);
        await Stores.Tasks.ReleaseRunsAsync([runs[0].Id, runs[1].Id, runs[2].Id], Cancel);
        await Stores.Tasks.OfferRunsAsync([runs[0].Id, runs[2].Id], Build.Now, Cancel);
        await Stores.Tasks.ChangeRunAsync(runs[2].Id, RunTransitions.Unfinished, run => run with { State = RunState.Running }, Cancel);

        Assert.Equal(2, await Stores.Tasks.EndUnbegunRunsAsync(task.Id, RunState.Cancelled, "stopped", Build.Now, Cancel));

        Assert.Equal(
            [RunState.Pending, RunState.Cancelled, RunState.Running, RunState.Cancelled],
            (await Stores.Tasks.ListRunsAsync(task.Id, null, null, 10, Cancel)).Runs.Select(run => run.State));
        Assert.Equal(0, await Stores.Tasks.OfferRunsAsync([runs[1].Id], Build.Now, Cancel));
    }

    [Fact]
    public async Task RunsOfRollout_UpToABatch_AreTheUnfinishedAndThatBatch()
    {
        var (task, runs) = await AddAsync(s_spec, 6, batch: i => i / 2);
        foreach (var run in new[] { runs[0], runs[2] })
        {
            await Stores.Tasks.ChangeRunAsync(run.Id, RunTransitions.Unfinished, old => old with { State = RunState.Failed }, Cancel);
        }

        Assert.Equal([runs[1].Id, runs[2].Id, runs[3].Id], (await Stores.Tasks.RunsOfRolloutAsync(task.Id, 1, whole: true, Cancel)).Select(run => run.Id));
        Assert.Equal([runs[1].Id, runs[3].Id], (await Stores.Tasks.RunsOfRolloutAsync(task.Id, 1, whole: false, Cancel)).Select(run => run.Id));
        var batches = await Stores.Tasks.CountRunsByBatchAsync(task.Id, Cancel);
        Assert.Equal([(0, 1, 1), (1, 1, 1), (2, 2, 0)], batches.Select(batch => (batch.Batch, batch.Counts.Waiting, batch.Counts.Failed)));
    }

    [Fact]
    public async Task DeleteAgent_WhoseRunIsTheLastToWait_EndsTheTask()
    {
        var agent = Build.Agent();
        await Stores.Agents.AddAsync(agent, Cancel);
        var task = Build.Task() with { Rollout = new Rollout { Spec = s_spec, Hosts = 2, Batches = 2 } };
        var done = Build.Run(task) with { State = RunState.Succeeded, FinishedAt = Build.Now };
        await Stores.Tasks.AddAsync(task, [done, Build.Run(task, agent.Id) with { State = RunState.Waiting }], Cancel);

        await Stores.Agents.DeleteAsync(agent.Id, Build.Now, Cancel);

        Assert.Equal(TaskState.Succeeded, (await Stores.Tasks.FindAsync(task.Id, Cancel))!.State);
    }

    [Fact]
    public async Task Overdue_RunsThatWait_AreAmongThem()
    {
        var (task, runs) = await AddAsync(s_spec, 1);

        Assert.Equal(
            [runs[0].Id], (await Stores.Tasks.OverdueRunsAsync(task.ExpiresAt, TimeSpan.FromHours(1), 10, Cancel)).Select(run => run.Id));
    }

    private async Task<(NerveTask Task, IReadOnlyList<Run> Runs)> AddAsync(RolloutSpec spec, int hosts, Func<int, int>? batch = null)
    {
        var task = Build.Task() with { Rollout = new Rollout { Spec = spec, Hosts = hosts, Batches = 3 } };
        var runs = Waiting(task, hosts, batch);
        await Stores.Tasks.AddAsync(task, runs, Cancel);
        return ((await Stores.Tasks.FindAsync(task.Id, Cancel))!, runs);
    }

    private static IReadOnlyList<Run> Waiting(NerveTask task, int hosts, Func<int, int>? batch = null) =>
        [.. Build.Ids(hosts).Select((id, i) => Build.Run(task, id: id) with { State = RunState.Waiting, Batch = batch?.Invoke(i) ?? 0 })];
}
