using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;

namespace Nerve.Storage.EfCore;

/// <summary>A task's state is what its runs say, in the same transaction that changed them.</summary>
internal static class TaskProgress
{
    /// <param name="context">In a transaction.</param>
    /// <param name="taskId">The task whose runs have changed.</param>
    /// <param name="at">When; the moment it finished, if this was the last of its runs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task FollowRunsAsync(NerveDbContext context, Guid taskId, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        // Who looks at the runs holds the task: of two that end at once, the second sees the first.
        var before = await context.TaskForUpdate(taskId).Select(task => (TaskState?)task.State).FirstOrDefaultAsync(cancellationToken);
        if (before == TaskState.Running && await HasUnfinishedAsync(context, taskId, cancellationToken))
        {
            return; // so it stays, and nobody needs to count thousands of runs for each of them
        }

        var byState = await context.Runs.Where(run => run.TaskId == taskId)
            .GroupBy(run => run.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var state = byState.Count == 0 ? TaskState.Cancelled : RunCounts.Of(byState).State;
        var finishedAt = state is TaskState.Pending or TaskState.Running ? null : at;
        var isOver = state is not (TaskState.Pending or TaskState.Running);
        await context.Tasks.Where(task => task.Id == taskId).ExecuteUpdateAsync(
            update => update.SetProperty(task => task.State, state)
                .SetProperty(task => task.FinishedAt, finishedAt)
                .SetProperty(task => task.SealedSecrets, task => isOver ? null : task.SealedSecrets),
            cancellationToken);
    }

    private static async Task<bool> HasUnfinishedAsync(NerveDbContext context, Guid taskId, CancellationToken cancellationToken) =>
        await context.Runs
            .Where(run => run.TaskId == taskId && (run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running))
            .Select(run => (Guid?)run.Id).FirstOrDefaultAsync(cancellationToken) is not null;
}
