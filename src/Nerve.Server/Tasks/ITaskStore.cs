using Nerve.Protocol.Runs;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Outputs;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>Where tasks, their runs and the runs' output are kept.</summary>
/// <remarks>A task's <see cref="NerveTask.State"/> and <see cref="NerveTask.FinishedAt"/> follow its runs in the same transaction.</remarks>
public interface ITaskStore
{
    /// <summary>Adds a task with its runs, all or nothing.</summary>
    /// <exception cref="UniqueConflictException">There is a task of this creator with this idempotency key.</exception>
    Task AddAsync(NerveTask task, IReadOnlyList<Run> runs, CancellationToken cancellationToken);

    Task<NerveTask?> FindAsync(Guid id, CancellationToken cancellationToken);

    Task<NerveTask?> FindByKeyAsync(string createdBy, string idempotencyKey, CancellationToken cancellationToken);

    /// <summary>Newest first, those before the task <paramref name="before"/>.</summary>
    /// <param name="state">Only these.</param>
    /// <param name="text">Found in the <see cref="NerveTask.SearchText"/>; case of ASCII letters does not matter.</param>
    /// <param name="before">An id; ids are ordered by time.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="pick">What is kept of each, asked as each is read: a task may be a megabyte of script and input.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<(IReadOnlyList<T> Tasks, int Total)> ListAsync<T>(
        TaskState? state, string? text, Guid? before, int limit, Func<NerveTask, T> pick, CancellationToken cancellationToken);

    /// <summary>As the other one, with all of each task.</summary>
    Task<(IReadOnlyList<NerveTask> Tasks, int Total)> ListAsync(
        TaskState? state, string? text, Guid? before, int limit, CancellationToken cancellationToken) =>
        ListAsync(state, text, before, limit, task => task, cancellationToken);

    Task<IReadOnlyDictionary<Guid, RunCounts>> CountRunsAsync(IReadOnlyCollection<Guid> taskIds, CancellationToken cancellationToken);

    /// <summary>Those of these runs that there are, in any order.</summary>
    Task<IReadOnlyList<Run>> FindRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken);

    /// <summary>Null: there is no such run.</summary>
    async Task<Run?> FindRunAsync(Guid runId, CancellationToken cancellationToken) =>
        (await FindRunsAsync([runId], cancellationToken)) is [var run, ..] ? run : null;

    /// <summary>The task on a host: this attempt, or the latest.</summary>
    Task<Run?> FindRunAsync(Guid taskId, Guid agentId, int? attempt, CancellationToken cancellationToken);

    /// <summary>A task's runs in order of their ids, those after <paramref name="after"/>.</summary>
    Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsAsync(
        Guid taskId, RunFilter filter, Guid? after, int limit, CancellationToken cancellationToken);

    /// <summary>Runs of the task that are over and whose output was not looked at, in order of their ids.</summary>
    Task<IReadOnlyList<Run>> UnhashedRunsAsync(Guid taskId, int limit, CancellationToken cancellationToken);

    /// <summary>Notes what the outputs of runs are.</summary>
    Task SetOutputHashesAsync(IReadOnlyList<(Guid RunId, string Hash)> hashes, CancellationToken cancellationToken);

    /// <summary>How many runs ended alike with the same output, the most first; those that <see cref="UnhashedRunsAsync"/> still has are left out.</summary>
    Task<IReadOnlyList<OutputCount>> CountOutputsAsync(Guid taskId, CancellationToken cancellationToken);

    /// <summary>An agent's runs, newest first, those before <paramref name="before"/>.</summary>
    Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsOfAgentAsync(Guid agentId, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>The runs of these agents that are released and not over, oldest first, of each agent at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Run>> OpenRunsAsync(IReadOnlyCollection<Guid> agentIds, int limit, CancellationToken cancellationToken);

    /// <summary>The agents that have something to be told: a run that waits to be started, or one that is to be stopped. Each once.</summary>
    Task<IReadOnlyCollection<Guid>> AgentsWithWorkAsync(CancellationToken cancellationToken);

    /// <summary>Unfinished tasks whose runs are all over follow them: a store without transactions may have been cut off in between, or restored from a copy
    /// of two moments.</summary>
    /// <returns>Which did, at most <paramref name="limit"/>.</returns>
    Task<IReadOnlyList<Guid>> SettleTasksAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Changes runs in the order of the list, each atomically under contention, all of them or none where the store has transactions.
    /// Their tasks follow.</summary>
    /// <returns>An answer for each change.</returns>
    Task<IReadOnlyList<RunChanged>> ChangeRunsAsync(IReadOnlyList<RunChange> changes, CancellationToken cancellationToken);

    /// <summary>Notes, in one step for thousands of them, that runs are offered to their agents now: of those that are pending and not to be stopped. An offer
    /// that was noted before keeps its moment.</summary>
    /// <returns>How many of them may be offered, those noted before included. Fewer than asked for: <see cref="ChangeRunsAsync"/> tells which.</returns>
    Task<int> OfferRunsAsync(IReadOnlyCollection<Guid> runIds, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Changes a task's rollout; atomic under contention.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="change">Given the rollout as it is now, perhaps several times; null leaves it so.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The rollout as it was written; null if it was left, or there is no such rollout.</returns>
    Task<Rollout?> ChangeRolloutAsync(Guid taskId, Func<Rollout, Rollout?> change, CancellationToken cancellationToken);

    /// <summary>The tasks that are not finished and have a rollout, oldest first.</summary>
    Task<IReadOnlyList<Guid>> UnfinishedRolloutsAsync(CancellationToken cancellationToken);

    /// <summary>Of the batches up to <paramref name="batch"/> the runs that are not over, in order of their ids.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="batch">The first is 0.</param>
    /// <param name="whole">With those of that batch that are over.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<Run>> RunsOfRolloutAsync(Guid taskId, int batch, bool whole, CancellationToken cancellationToken);

    /// <summary>How many runs are in which state, by batch.</summary>
    Task<IReadOnlyList<(int Batch, RunCounts Counts)>> CountRunsByBatchAsync(Guid taskId, CancellationToken cancellationToken);

    /// <summary>Lets runs that wait be given to their agents; those that do not wait stay as they are.</summary>
    Task ReleaseRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken);

    /// <summary>Ends every run of the task that waits, or was released and never offered, and lets the task follow its runs, also if there were none.</summary>
    /// <returns>How many there were.</returns>
    Task<int> EndUnbegunRunsAsync(Guid taskId, RunState state, string error, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Runs that are not over though their time is: those never offered whose task expired before <paramref name="now"/>, and running ones
    /// whose task expired and whose timeout is over for <paramref name="grace"/>. Any of them, in order of their ids.</summary>
    Task<IReadOnlyList<Run>> OverdueRunsAsync(DateTimeOffset now, TimeSpan grace, int limit, CancellationToken cancellationToken);

    /// <summary>Appends each piece that begins at its run's stored length, in the order of the list; nothing happens with the others.</summary>
    /// <returns>For each piece the stored length of its run after it; null if there is no such run.</returns>
    Task<IReadOnlyList<long?>> AppendOutputsAsync(IReadOnlyList<RunOutput> outputs, CancellationToken cancellationToken);

    /// <summary>Stored pieces that reach beyond <paramref name="fromOffset"/>, in order, about <paramref name="maxBytes"/> of them.</summary>
    Task<IReadOnlyList<RunOutput>> ReadOutputAsync(Guid runId, long fromOffset, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Removes the output of runs that were over before <paramref name="before"/>, of about <paramref name="limit"/> runs, each wholly.
    /// Their stored length stays, so a piece that is sent again does not come back.</summary>
    /// <returns>Of how many runs; 0 when nothing is left to remove.</returns>
    Task<int> PruneOutputAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);
}
