using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Adds a task with its runs, all or nothing.</summary>
/// <remarks>In one transaction where there are transactions. A standalone server has none: there the runs come first, and with the task they come
/// to life, for a run without a task is never offered to its agent. A note tells <see cref="Leftovers"/> which task was not finished.</remarks>
internal static class NewTask
{
    public static async Task AddAsync(
        MongoStorage storage, NerveTask task, IReadOnlyList<Run> runs, TimeProvider time, CancellationToken cancellationToken)
    {
        var document = TaskWords.Document(task);
        var copies = runs.ToList();
        cancellationToken.ThrowIfCancellationRequested();
        if (storage.HasTransactions)
        {
            await storage.TransactAsync((session, cancel) => AddAsync(storage.Collections, session, document, copies, cancel), cancellationToken);
        }
        else
        {
            await AddAsync(storage.Collections, task.Id, document, copies, time.GetUtcNow());
        }
    }

    /// <summary>Removes the runs of a task that did not come to be.</summary>
    public static async Task UndoAsync(Collections collections, Guid taskId)
    {
        if (!await collections.Tasks.Find(task => task.Id == taskId).AnyAsync())
        {
            await collections.Runs.DeleteManyAsync(run => run.TaskId == taskId);
        }

        await collections.Additions.DeleteOneAsync(addition => addition.Id == taskId);
    }

    private static async Task AddAsync(
        Collections collections, IClientSessionHandle session, BsonDocument task, List<Run> runs, CancellationToken cancellationToken)
    {
        await TaskWords.Documents(collections).InsertOneAsync(session, task, cancellationToken: cancellationToken);
        if (runs.Count > 0)
        {
            await collections.Runs.InsertManyAsync(session, runs, cancellationToken: cancellationToken);
        }
    }

    private static async Task AddAsync(Collections collections, Guid taskId, BsonDocument task, List<Run> runs, DateTimeOffset at)
    {
        await collections.Additions.InsertOneAsync(new AdditionDocument(taskId, at));
        try
        {
            if (runs.Count > 0)
            {
                await collections.Runs.InsertManyAsync(runs);
            }

            await TaskWords.Documents(collections).InsertOneAsync(task);
        }
        finally
        {
            await UndoAsync(collections, taskId);
        }
    }
}
