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
    /// <summary>A host that is offline for a moment, because its agent is started again or the machine is, has not failed; nor is its run over.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(1);

    /// <summary>As far as it goes now.</summary>
    /// <returns>Where it stands then; null if it is over, or another node took the last step.</returns>
    public async Task<Rollout?> LeadOnAsync(Guid taskId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (rollout, isNews) = await StepAsync(taskId, cancellationToken);
            if (!isNews)
            {
                return rollout;
            }
        }
    }

    /// <summary>Ends the runs that have not begun when a rollout is stopped, those too that were released to a host which could not be reached yet.</summary>
    public async Task EndUnbegunAsync(Guid taskId, Rollout rollout, CancellationToken cancellationToken)
    {
        if (await store.EndUnbegunRunsAsync(taskId, RunState.Cancelled, $"The rollout was stopped: {rollout.Reason}", time.UtcMilliseconds(), cancellationToken) > 0)
        {
            await news.TaskAsync(taskId, cancellationToken);
        }
    }

    /// <returns>Where it stands, if that is known, and whether something changed: then there may be a next step.</returns>
    private async Task<(Rollout? Rollout, bool IsNews)> StepAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(taskId, cancellationToken) is not { Rollout: { } old })
        {
            return (null, false);
        }

        if (old.IsOver)
        {
            await CloseAsync(taskId, old, cancellationToken);
            return (null, false);
        }

        var now = time.UtcMilliseconds();
        var runs = await store.RunsOfRolloutAsync(taskId, old.Batch, whole: IsSoaking(old), cancellationToken);
        var noted = runs.Where(run => run.State == RunState.Waiting && old.Releasing.Contains(run.Id)).ToList();
        await ReleaseAsync(noted, cancellationToken);
        var counts = await CountAsync(taskId, cancellationToken);
        var ready = runs.Where(run => run.State == RunState.Waiting && !(run.NotBefore > now) && IsThere(run)).Except(noted).ToList();
        var observed = new RolloutObservation(
            noted.Count + runs.Count(run => RunTransitions.Open.Contains(run.State) && !IsGone(run, now, s_grace)),
            ready.Count,
            counts.Bad + runs.Count(run => HasBegun(run) && IsGone(run, now, s_grace)),
            counts.Waiting,
            runs.Count(run => run.State == RunState.Succeeded && WentInSoakTime(run, old, now)),
            runs.Count(run => run.State == RunState.Waiting && run.NotBefore > now && IsThere(run)));

        var (next, release) = RolloutMachine.Next(old, observed, now);
        var chosen = ready.Take(release).ToList();
        next = next with { Releasing = [.. chosen.Select(run => run.Id)] };
        return !IsNews(old, next) ? (next, false) : (null, await TakeAsync(taskId, old, next, chosen, cancellationToken));
    }

    /// <summary>What a node that died could not do: its rollout is over, but runs still wait, or the task did not follow the last of them.</summary>
    private async Task CloseAsync(Guid taskId, Rollout rollout, CancellationToken cancellationToken)
    {
        var counts = await CountAsync(taskId, cancellationToken);
        if (counts.Waiting > 0 || counts.State is not (TaskState.Pending or TaskState.Running) || await IsAnyReleasedOnlyAsync(taskId, rollout, cancellationToken))
        {
            await EndUnbegunAsync(taskId, rollout, cancellationToken);
        }
    }

    /// <summary>Where all hosts had their turn, those that were away then get their run when they are back.</summary>
    private async Task<bool> IsAnyReleasedOnlyAsync(Guid taskId, Rollout rollout, CancellationToken cancellationToken) =>
        rollout.Phase == RolloutPhase.Stopped
        && (await store.RunsOfRolloutAsync(taskId, rollout.Batch, whole: false, cancellationToken)).Any(run => run.State == RunState.Pending && !HasBegun(run));

    private async Task<RunCounts> CountAsync(Guid taskId, CancellationToken cancellationToken) =>
        (await store.CountRunsAsync([taskId], cancellationToken)).GetValueOrDefault(taskId) ?? new RunCounts();

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

        if (next.Phase == RolloutPhase.Stopped)
        {
            await EndUnbegunAsync(taskId, next, cancellationToken);
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
        live.RunsChanged([.. runs.Select(run => RunView.Of(run with { State = RunState.Pending }))]);
        dispatcher.Wake([.. runs.Select(run => run.AgentId)]);
    }

    private bool IsThere(Run run) => StatusOf(run) is { } status && status != AgentStatus.Offline;

    private static bool IsSoaking(Rollout rollout) => rollout.Spec.SoakSeconds > 0 && rollout.Phase != RolloutPhase.Running;

    private static bool HasBegun(Run run) => run.State == RunState.Running || (run.State == RunState.Pending && run.OfferedAt is not null);

    /// <summary>Its host is offline, for at least so long.</summary>
    private bool IsGone(Run run, DateTimeOffset now, TimeSpan atLeast) =>
        fleet.FindWhole(run.AgentId) is not { } host || (host.Status == AgentStatus.Offline && host.StatusSince + atLeast <= now);

    /// <summary>Offline for a while, or still at the end of it; by the center's clock, for the agent's may be wrong.</summary>
    private bool WentInSoakTime(Run run, Rollout rollout, DateTimeOffset now) =>
        IsGone(run, now, rollout.Until <= now ? TimeSpan.Zero : s_grace) && fleet.FindWhole(run.AgentId)?.StatusSince >= run.OfferedAt;

    private AgentStatus? StatusOf(Run run) => fleet.FindWhole(run.AgentId)?.Status;

    private static bool IsNews(Rollout old, Rollout next) =>
        next.Releasing.Count > 0 || old.Releasing.Count > 0 || next with { Releasing = old.Releasing } != old;

    [LoggerMessage(1, LogLevel.Information, "Task {Task}, batch {Batch}: {Phase}. {Reason}")]
    private static partial void LogStep(ILogger logger, Guid task, int batch, RolloutPhase phase, string? reason);
}
