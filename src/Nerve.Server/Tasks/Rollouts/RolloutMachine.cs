namespace Nerve.Server.Tasks.Rollouts;

/// <summary>What a step looks at, of the batches up to the current one.</summary>
/// <param name="Open">Released runs that are not over, on hosts that can be reached.</param>
/// <param name="Ready">Runs not yet released whose time has come, on hosts that can be reached.</param>
/// <param name="Failures">Hosts whose run failed, or that went offline with it.</param>
/// <param name="Later">Runs that nobody released yet, in any batch and on any host.</param>
/// <param name="Lost">Hosts of the current batch that went offline in its soak time.</param>
/// <param name="Delayed">Further attempts whose time has not come, on hosts that can be reached.</param>
public readonly record struct RolloutObservation(int Open, int Ready, int Failures, int Later, int Lost = 0, int Delayed = 0);

/// <summary>The next step of a rollout, from nothing but its state, what is seen of its hosts, and the time.</summary>
/// <remarks>
/// A host that cannot be reached holds nobody up: its batch is over without it, and it gets its run, within the limits, when it is back before the
/// task expires. What must hold in any order of events: no step releases more than <see cref="RolloutSpec.MaxParallel"/> allows beside what is open,
/// none releases anything after too many failures, and none once the rollout is over.
/// </remarks>
public static class RolloutMachine
{
    /// <summary>A step notes each run it releases; more follow with the next.</summary>
    public const int MostAtOnce = 1000;

    /// <returns>The state after the step, and how many of the ready runs it releases.</returns>
    public static (Rollout Rollout, int Release) Next(Rollout rollout, RolloutObservation view, DateTimeOffset now)
    {
        var failures = view.Failures + view.Lost + rollout.LostBefore;
        var seen = rollout with
        {
            Failures = failures,
            Lost = view.Lost,
            Forgiven = Math.Min(rollout.Forgiven, failures), // who is well again is nothing to be forgiven
            Releasing = [],
        };
        if (rollout.IsOver || rollout.Phase == RolloutPhase.Paused)
        {
            return (seen, 0);
        }

        // With nothing left to begin there is nothing to halt.
        return view.Later > 0 && TooMany(seen) ? (Halt(seen), 0) : seen.Phase switch
        {
            RolloutPhase.Running => Run(seen, view, now),
            RolloutPhase.Soaking when now >= seen.Until => (AfterBatch(seen, view, now), 0),
            RolloutPhase.Pausing when now >= seen.Until => (NextBatch(seen), 0),
            _ => (seen, 0),
        };
    }

    /// <summary>A person brings it to a halt.</summary>
    public static Rollout? Pause(Rollout rollout, string by) => rollout.IsOver || rollout.Phase == RolloutPhase.Paused ? null : rollout with
    {
        Phase = RolloutPhase.Paused,
        Interrupted = rollout.Phase,
        Reason = $"{by} paused it.",
        HaltedBy = by,
    };

    /// <summary>A person lets it go on: from a halt, to the next batch without its pause, or in spite of the failures so far.</summary>
    public static Rollout? Resume(Rollout rollout) => rollout.Phase switch
    {
        RolloutPhase.Confirming or RolloutPhase.Pausing => NextBatch(rollout),
        RolloutPhase.Paused => rollout with
        {
            Phase = rollout.Interrupted ?? RolloutPhase.Running,
            Interrupted = null,
            Reason = null,
            HaltedBy = null,
            Forgiven = TooMany(rollout) ? rollout.Failures : rollout.Forgiven,
        },
        _ => null,
    };

    public static Rollout? Cancel(Rollout rollout, string by) => rollout.IsOver ? null : Over(rollout, RolloutPhase.Stopped, $"{by} cancelled it.", by);

    private static (Rollout Rollout, int Release) Run(Rollout rollout, RolloutObservation view, DateTimeOffset now)
    {
        var room = Math.Max(0, (rollout.Spec.MaxParallel ?? int.MaxValue) - view.Open);
        var release = Math.Min(Math.Min(room, view.Ready), MostAtOnce);
        if (release > 0 || view.Open > 0 || view.Ready > 0 || view.Delayed > 0 || AwaitsTheAbsent(rollout, view))
        {
            return (rollout, release);
        }

        return rollout.Spec.SoakSeconds > 0
            ? (rollout with { Phase = RolloutPhase.Soaking, Until = now.AddSeconds(rollout.Spec.SoakSeconds) }, 0)
            : (AfterBatch(rollout, view, now), 0);
    }

    /// <summary>The last batch stays open for the hosts that are away, until they came or the task expired.</summary>
    private static bool AwaitsTheAbsent(Rollout rollout, RolloutObservation view) =>
        view.Later > 0 && rollout.Batch >= rollout.Batches - 1;

    private static Rollout AfterBatch(Rollout rollout, RolloutObservation view, DateTimeOffset now) =>
        view.Later == 0 ? Over(rollout, RolloutPhase.Finished, null)
        : AwaitsTheAbsent(rollout, view) ? rollout with { Phase = RolloutPhase.Running, Until = null }
        : rollout.Spec.Confirm ? rollout with { Phase = RolloutPhase.Confirming, Until = null }
        : rollout.Spec.PauseSeconds > 0 ? rollout with { Phase = RolloutPhase.Pausing, Until = now.AddSeconds(rollout.Spec.PauseSeconds) }
        : NextBatch(rollout);

    private static Rollout NextBatch(Rollout rollout) => rollout with
    {
        Phase = RolloutPhase.Running,
        Batch = rollout.Batch + 1,
        Until = null,
        LostBefore = rollout.LostBefore + rollout.Lost,
        Lost = 0,
    };

    private static bool TooMany(Rollout rollout) =>
        rollout.Spec.OnFailures != OnFailures.Continue && rollout.Failures - rollout.Forgiven > rollout.Spec.FailuresAllowed(rollout.Hosts);

    private static Rollout Halt(Rollout rollout)
    {
        var reason = $"{Hosts(rollout.Failures - rollout.Forgiven)} failed up to batch {rollout.Batch + 1}; {rollout.Spec.FailuresAllowed(rollout.Hosts)} may.";
        return rollout.Spec.OnFailures == OnFailures.Stop
            ? Over(rollout, RolloutPhase.Stopped, reason)
            : rollout with { Phase = RolloutPhase.Paused, Interrupted = rollout.Phase, Reason = reason };
    }

    private static Rollout Over(Rollout rollout, RolloutPhase phase, string? reason, string? by = null) =>
        rollout with { Phase = phase, Reason = reason, HaltedBy = by, Until = null, Interrupted = null, Releasing = [] };

    private static string Hosts(int count) => count == 1 ? "1 host" : $"{count} hosts";
}
