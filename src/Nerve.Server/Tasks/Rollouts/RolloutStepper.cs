using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Live;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Takes the steps of a rollout: looks, decides by <see cref="RolloutMachine"/>, notes the decision, does it.</summary>
/// <remarks>Several nodes may try at once and any may die in between. What counts is the note: only one is made of each state, and what it says is
/// done again by whoever comes next.</remarks>
public sealed partial class RolloutStepper(
    ITaskStore store, AgentDirectory fleet, RunDispatcher dispatcher, TaskNews news, LiveFeed live, TimeProvider time, ILogger<RolloutStepper> logger)
{
    /// <summary>As far as it goes now.</summary>
    public async Task LeadOnAsync(Guid taskId, CancellationToken cancellationToken)
    {
        while (await StepAsync(taskId, cancellationToken))
        {
        }
    }

    /// <summary>Ends the runs that a rollout which is over leaves behind.</summary>
    public async Task EndWaitingAsync(Guid taskId, Rollout rollout, CancellationToken cancellationToken)
    {
        if (await store.EndWaitingRunsAsync(taskId, RunState.Cancelled, $"The rollout was stopped: {rollout.Reason}", time.UtcMilliseconds(), cancellationToken) > 0)
        {
            await news.TaskAsync(taskId, cancellationToken);
        }
    }

    /// <returns>True: something changed, and there may be a next step.</returns>
    private async Task<bool> StepAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(taskId, cancellationToken) is not { Rollout: { } old })
        {
            return false;
        }

        if (old.IsOver)
        {
            await EndWaitingAsync(taskId, old, cancellationToken);
            return false;
        }

        var runs = await store.RunsOfRolloutAsync(taskId, old.Batch, cancellationToken);
        var noted = runs.Where(run => run.State == RunState.Waiting && old.Releasing.Contains(run.Id)).ToList();
        await ReleaseAsync(noted, cancellationToken);
        var counts = (await store.CountRunsAsync([taskId], cancellationToken)).GetValueOrDefault(taskId) ?? new RunCounts();
        var ready = runs.Where(run => run.State == RunState.Waiting && IsThere(run)).Except(noted).ToList();
        var observed = new RolloutObservation(
            noted.Count(IsThere) + runs.Count(run => RunTransitions.Open.Contains(run.State) && IsThere(run)),
            ready.Count,
            counts.Failed + counts.TimedOut + counts.Lost + runs.Count(run => HasLostItsHost(run, old.Batch)),
            counts.Waiting);

        var (next, release) = RolloutMachine.Next(old, observed, time.UtcMilliseconds());
        var chosen = ready.Take(release).ToList();
        next = next with { Releasing = [.. chosen.Select(run => run.Id)] };
        return IsNews(old, next) && await TakeAsync(taskId, old, next, chosen, cancellationToken);
    }

    private async Task<bool> TakeAsync(Guid taskId, Rollout old, Rollout next, List<Run> chosen, CancellationToken cancellationToken)
    {
        if (await store.ChangeRolloutAsync(taskId, now => now.Step == old.Step ? next with { Step = old.Step + 1 } : null, cancellationToken) is null)
        {
            return false; // another node was faster
        }

        await ReleaseAsync(chosen, cancellationToken);
        if (next.Phase != old.Phase || next.Batch != old.Batch)
        {
            LogStep(logger, taskId, next.Batch + 1, next.Phase, next.Reason);
        }

        if (next.IsOver)
        {
            await EndWaitingAsync(taskId, next, cancellationToken);
        }

        await news.TaskAsync(taskId, cancellationToken);
        return !next.IsOver;
    }

    private async Task ReleaseAsync(List<Run> runs, CancellationToken cancellationToken)
    {
        if (runs.Count == 0)
        {
            return;
        }

        await store.ReleaseRunsAsync([.. runs.Select(run => run.Id)], cancellationToken);
        foreach (var run in runs)
        {
            live.RunChanged(RunView.Of(run with { State = RunState.Pending }));
        }

        dispatcher.Wake([.. runs.Select(run => run.AgentId)]);
    }

    private bool IsThere(Run run) => StatusOf(run) is { } status && status != AgentStatus.Offline;

    /// <summary>It went offline with the run, or in the soak time after it.</summary>
    private bool HasLostItsHost(Run run, int batch) => StatusOf(run) == AgentStatus.Offline && run.State switch
    {
        RunState.Running => true,
        RunState.Pending => run.OfferedAt is not null,
        RunState.Succeeded => run.Batch == batch && fleet.FindWhole(run.AgentId)?.StatusSince >= run.StartedAt,
        _ => false,
    };

    private AgentStatus? StatusOf(Run run) => fleet.FindWhole(run.AgentId)?.Status;

    private static bool IsNews(Rollout old, Rollout next) =>
        next.Releasing.Count > 0 || old.Releasing.Count > 0 || next with { Releasing = old.Releasing } != old;

    [LoggerMessage(1, LogLevel.Information, "Task {Task}, batch {Batch}: {Phase}. {Reason}")]
    private static partial void LogStep(ILogger logger, Guid task, int batch, RolloutPhase phase, string? reason);
}
