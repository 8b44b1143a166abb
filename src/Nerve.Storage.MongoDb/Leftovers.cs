using MongoDB.Driver;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Completes what a center that died between two writes has left: tasks that were being added, tasks that did not follow their last run.</summary>
internal static class Leftovers
{
    /// <summary>A younger one may still be in the hands of another center.</summary>
    private static readonly TimeSpan s_longestAddition = TimeSpan.FromMinutes(5);

    public static async Task CompleteAsync(Collections collections, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var old = Builders<AdditionDocument>.Filter.Lt(addition => addition.At, now - s_longestAddition);
        foreach (var addition in await collections.Additions.Find(old).ToListAsync(cancellationToken))
        {
            await NewTask.UndoAsync(collections, addition.Id);
        }

        var unfinished = Builders<NerveTask>.Filter.In(task => task.State, [TaskState.Pending, TaskState.Running]);
        foreach (var task in await collections.Tasks.Find(unfinished).Project(task => task.Id).ToListAsync(cancellationToken))
        {
            var last = await collections.Runs.Find(run => run.TaskId == task)
                .SortByDescending(run => run.FinishedAt).Project(run => run.FinishedAt).FirstOrDefaultAsync(cancellationToken);
            await TaskProgress.FollowRunsAsync(collections, task, last ?? now);
        }
    }
}
