using Microsoft.EntityFrameworkCore;
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
        // Who counts runs holds the task: of two that end at once, the second sees the first.
        await context.TaskForUpdate(taskId).Select(task => task.Id).FirstOrDefaultAsync(cancellationToken);
        var byState = await context.Runs.Where(run => run.TaskId == taskId)
            .GroupBy(run => run.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var state = byState.Count == 0 ? TaskState.Cancelled : RunCounts.Of(byState).State;
        var finishedAt = state is TaskState.Pending or TaskState.Running ? null : at;
        await context.Tasks.Where(task => task.Id == taskId).ExecuteUpdateAsync(
            update => update.SetProperty(task => task.State, state).SetProperty(task => task.FinishedAt, finishedAt), cancellationToken);
    }
}
