using Nerve.Protocol.Runs;

namespace Nerve.Server.Tasks;

/// <summary>One run instead of many.</summary>
public static class TaskStoreExtensions
{
    /// <summary>Changes a run if it is in one of the states <paramref name="from"/>: of many callers that leave the same state, one gets the run and the
    /// others null. Null too if there is no such run.</summary>
    public static async Task<Run?> ChangeRunAsync(
        this ITaskStore store, Guid runId, IReadOnlyCollection<RunState> from, Func<Run, Run> change, CancellationToken cancellationToken) =>
        (await store.ChangeRunsAsync([new RunChange(runId, run => from.Contains(run.State) ? change(run) : null)], cancellationToken))[0].After;

    /// <returns>The stored length after the call; null if there is no such run.</returns>
    public static async Task<long?> AppendOutputAsync(this ITaskStore store, RunOutput output, CancellationToken cancellationToken) =>
        (await store.AppendOutputsAsync([output], cancellationToken))[0];

    public static Task<IReadOnlyList<Run>> OpenRunsAsync(this ITaskStore store, Guid agentId, int limit, CancellationToken cancellationToken) =>
        store.OpenRunsAsync([agentId], limit, cancellationToken);

    /// <summary>The task on a host, the latest attempt.</summary>
    public static Task<Run?> FindRunAsync(this ITaskStore store, Guid taskId, Guid agentId, CancellationToken cancellationToken) =>
        store.FindRunAsync(taskId, agentId, null, cancellationToken);

    public static Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsAsync(
        this ITaskStore store, Guid taskId, RunState? state, Guid? after, int limit, CancellationToken cancellationToken) =>
        store.ListRunsAsync(taskId, new RunFilter(state), after, limit, cancellationToken);
}
