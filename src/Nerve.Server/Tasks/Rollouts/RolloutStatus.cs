using Nerve.Server.Shared;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>A rollout as the API shows it.</summary>
/// <param name="Spec">As it was asked for.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="Batch">The batch that is worked on, or has just been; the first is 1.</param>
/// <param name="Batches">How many there are.</param>
/// <param name="Until">When the phase ends by itself, if it does.</param>
/// <param name="Reason">Why it is paused or stopped, in English.</param>
/// <param name="HaltedBy">The person who paused or cancelled it; null where nobody did: too many hosts failed, or the task expired.</param>
/// <param name="Failures">Hosts that have failed.</param>
/// <param name="FailuresAllowed">How many may.</param>
public sealed record RolloutStatus(
    RolloutSpec Spec, RolloutPhase Phase, int Batch, int Batches, DateTimeOffset? Until, string? Reason, string? HaltedBy, int Failures, int FailuresAllowed)
{
    private const string Expired = "The task expired before all hosts had their turn.";

    /// <summary>With the last of its runs a task is over, and its rollout with it: nobody needs to take a last step.</summary>
    public static RolloutStatus? Of(NerveTask task, RunCounts counts) => task.Rollout is not { } rollout ? null
        : !task.IsOver || rollout.IsOver ? Of(rollout, counts)
        : counts.Expired > 0 ? Of(rollout with { Phase = RolloutPhase.Stopped, Reason = Expired, Until = null }, counts)
        : Of(rollout with { Phase = RolloutPhase.Finished, Until = null }, counts);

    /// <summary>Runs that failed since the last step are counted, too: after the last of them there is no step.</summary>
    private static RolloutStatus Of(Rollout rollout, RunCounts counts) => new(
        rollout.Spec, rollout.Phase, rollout.Batch + 1, rollout.Batches, rollout.Until, rollout.Reason, rollout.HaltedBy,
        Math.Max(rollout.Failures, counts.Bad),
        rollout.Spec.FailuresAllowed(rollout.Hosts));
}

/// <summary>A batch of a task.</summary>
/// <param name="Batch">The first is 1.</param>
/// <param name="Hosts">How many it has.</param>
/// <param name="Counts">How many of them are in which state.</param>
public sealed record BatchView(int Batch, int Hosts, RunCounts Counts)
{
    /// <summary>Those from the batch <paramref name="first"/> on.</summary>
    public static Page<BatchView> Page(IReadOnlyList<(int Batch, RunCounts Counts)> all, int first, int limit)
    {
        var rest = all.Select(Of).Where(batch => batch.Batch >= first).Take(limit + 1).ToList();
        return new Page<BatchView>([.. rest.Take(limit)], rest.Count > limit ? Cursor.Encode($"{rest[limit].Batch}", Guid.Empty) : null, all.Count);
    }

    private static BatchView Of((int Batch, RunCounts Counts) batch) => new(batch.Batch + 1, batch.Counts.Total, batch.Counts);
}
