using System.Security.Cryptography;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>Decides which runs may be sent to their agents now, and notes it before they are: a run without the note has certainly not started.</summary>
public sealed partial class RunOffers(ITaskStore store, TaskCatalogue tasks, TaskSecrets secrets, TimeProvider time, ILogger<RunOffers> logger)
{
    /// <param name="runs">Of whatever agents and states.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What may be sent, by run.</returns>
    public async Task<Dictionary<Guid, RunAssignment>> OfferAsync(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var now = time.UtcMilliseconds();
        var offers = new Dictionary<Guid, RunAssignment>();
        foreach (var some in runs.Where(run => run is { State: RunState.Pending, CancelRequestedAt: null } && !(run.NotBefore > now)).GroupBy(run => run.TaskId))
        {
            if (await tasks.FindAsync(some.Key, cancellationToken) is { } task && task.ExpiresAt > now && TryOpen(task, out var opened))
            {
                var mayBegin = task.Rollout is null || some.All(HasBegun) || await MayBeginAsync(task.Id, cancellationToken);
                foreach (var run in some.Where(run => mayBegin || HasBegun(run)))
                {
                    offers[run.Id] = Assignment(task, run, opened);
                }
            }
        }

        List<Guid> unnoted = [.. runs.Where(run => run.OfferedAt is null && offers.ContainsKey(run.Id)).Select(run => run.Id)];
        if (unnoted.Count > 0 && await store.OfferRunsAsync(unnoted, now, cancellationToken) < unnoted.Count)
        {
            foreach (var late in await TakenBackAsync(unnoted, now, cancellationToken))
            {
                offers.Remove(late);
            }
        }

        return offers;
    }

    /// <summary>It may have been sent, and may be going on.</summary>
    private static bool HasBegun(Run run) => run.OfferedAt is not null;

    /// <summary>Not in a rollout that was halted since it released the run: its host could not be reached then.</summary>
    private async Task<bool> MayBeginAsync(Guid taskId, CancellationToken cancellationToken) =>
        (await store.FindAsync(taskId, cancellationToken))?.Rollout is { Phase: not (RolloutPhase.Paused or RolloutPhase.Stopped) };

    /// <summary>Those runs that ended, or are to be stopped, since they were read.</summary>
    private async Task<IEnumerable<Guid>> TakenBackAsync(IReadOnlyList<Guid> runIds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var answers = await store.ChangeRunsAsync([.. runIds.Select(id => new RunChange(id, Offer))], cancellationToken);
        return runIds.Zip(answers).Where(pair => pair.Second.After is null).Select(pair => pair.First);

        Run? Offer(Run old) => old is { State: RunState.Pending, CancelRequestedAt: null } ? old with { OfferedAt = old.OfferedAt ?? now } : null;
    }

    private bool TryOpen(NerveTask task, out IReadOnlyDictionary<string, string>? opened)
    {
        try
        {
            opened = secrets.Open(task);
            return true;
        }
        catch (CryptographicException exception)
        {
            LogSealed(logger, task.Id, exception);
            opened = null;
            return false;
        }
    }

    private static RunAssignment Assignment(NerveTask task, Run run, IReadOnlyDictionary<string, string>? secrets) => new(
        run.Id, task.Id, task.Kind, task.Spec.Command, task.Spec.Args, task.Spec.Script, task.Spec.Interpreter, task.Spec.Env, task.Spec.User,
        task.Spec.WorkingDirectory, task.Spec.Stdin, task.Spec.TimeoutSeconds, task.ExpiresAt, task.Spec.OutputLimitBytes,
        task.Spec.Limits, secrets);

    [LoggerMessage(1, LogLevel.Error, "The secrets of task {Task} cannot be opened with this center's keys, so its runs wait. Restore the folder 'keys' of the data directory, or make the task again")]
    private static partial void LogSealed(ILogger logger, Guid task, Exception exception);
}
