using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Outputs;

namespace Nerve.Storage.MongoDb;

/// <summary>A task's state is what its runs say. It follows right after a run has changed.</summary>
internal static class TaskProgress
{
    private static readonly BsonDocument s_progress = new() { [Revised.Revision] = 1, ["state"] = 1 };

    /// <summary>Of two runs that end at once, the second finds the task changed by the first, and counts again.</summary>
    /// <param name="collections">Where.</param>
    /// <param name="taskId">The task whose runs have changed.</param>
    /// <param name="at">When; the moment it finished, if this was the last of its runs.</param>
    /// <remarks>Not to be cancelled: the run has changed already.</remarks>
    public static async Task FollowRunsAsync(Collections collections, Guid taskId, DateTimeOffset? at)
    {
        var which = Builders<NerveTask>.Filter.Eq(task => task.Id, taskId);
        while (await collections.Tasks.Find(which).As<BsonDocument>().Project(s_progress).FirstOrDefaultAsync() is { } read)
        {
            if (read["state"] == nameof(TaskState.Running) && await HasUnfinishedAsync(collections.Runs, taskId))
            {
                return; // so it stays, and nobody needs to count thousands of runs for each of them
            }

            // Read before the runs are counted: whoever counts later has read later, too.
            var unchanged = which & Builders<NerveTask>.Filter.Eq(Revised.Revision, read.GetValue(Revised.Revision, BsonNull.Value));
            var state = (await CountAsync(collections.Runs, [taskId], CancellationToken.None)).GetValueOrDefault(taskId)?.State ?? TaskState.Cancelled;
            var finishedAt = state is TaskState.Pending or TaskState.Running ? null : at;
            if (read["state"] == state.ToString() || (await collections.Tasks.UpdateOneAsync(unchanged, Progress(state, finishedAt))).MatchedCount > 0)
            {
                return;
            }
        }
    }

    public static async Task<IReadOnlyDictionary<Guid, RunCounts>> CountAsync(
        IMongoCollection<Run> runs, IReadOnlyCollection<Guid> taskIds, CancellationToken cancellationToken)
    {
        var groups = await runs.Aggregate()
            .Match(Builders<Run>.Filter.In(run => run.TaskId, taskIds))
            .Group<BsonDocument>(new BsonDocument
            {
                ["_id"] = new BsonDocument { ["task"] = "$taskId", ["state"] = "$state" },
                ["count"] = new BsonDocument("$sum", 1),
            })
            .ToListAsync(cancellationToken);
        return groups.GroupBy(group => group["_id"]["task"].AsBsonBinaryData.ToGuid(GuidRepresentation.Standard)).ToDictionary(
            task => task.Key,
            task => RunCounts.Of(task.ToDictionary(group => Enum.Parse<RunState>(group["_id"]["state"].AsString), group => group["count"].ToInt32())));
    }

    public static async Task<IReadOnlyList<(int Batch, RunCounts Counts)>> CountByBatchAsync(
        IMongoCollection<Run> runs, Guid taskId, CancellationToken cancellationToken)
    {
        var groups = await runs.Aggregate()
            .Match(Builders<Run>.Filter.Eq(run => run.TaskId, taskId))
            .Group<BsonDocument>(new BsonDocument
            {
                ["_id"] = new BsonDocument { ["batch"] = "$batch", ["state"] = "$state" },
                ["count"] = new BsonDocument("$sum", 1),
            })
            .ToListAsync(cancellationToken);
        return [.. groups.GroupBy(group => group["_id"].AsBsonDocument.GetValue("batch", 0).ToInt32()).OrderBy(batch => batch.Key)
            .Select(batch => (batch.Key, RunCounts.Of(batch.ToDictionary(
                group => Enum.Parse<RunState>(group["_id"]["state"].AsString), group => group["count"].ToInt32()))))];
    }

    public static async Task<IReadOnlyList<OutputCount>> CountOutputsAsync(
        IMongoCollection<Run> runs, Guid taskId, IReadOnlyList<RunState> states, CancellationToken cancellationToken)
    {
        var filter = Builders<Run>.Filter;
        var groups = await runs.Aggregate()
            .Match(filter.Eq(run => run.TaskId, taskId) & filter.In(run => run.State, states) & filter.Ne(run => run.OutputHash, null))
            .Group<BsonDocument>(new BsonDocument
            {
                ["_id"] = new BsonDocument { ["state"] = "$state", ["exitCode"] = "$exitCode", ["hash"] = "$outputHash" },
                ["count"] = new BsonDocument("$sum", 1),
            })
            .ToListAsync(cancellationToken);
        return [.. groups.Select(Count).OrderByDescending(group => group.Count).ThenBy(group => group.State)
            .ThenBy(group => group.ExitCode).ThenBy(group => group.Hash, StringComparer.Ordinal)];
    }

    private static OutputCount Count(BsonDocument group)
    {
        var key = group["_id"].AsBsonDocument;
        var exitCode = key.GetValue("exitCode", BsonNull.Value);
        return new OutputCount(
            Enum.Parse<RunState>(key["state"].AsString), exitCode.IsBsonNull ? null : exitCode.ToInt32(), key["hash"].AsString, group["count"].ToInt32());
    }

    private static Task<bool> HasUnfinishedAsync(IMongoCollection<Run> runs, Guid taskId) => runs
        .Find(Builders<Run>.Filter.Eq(run => run.TaskId, taskId) & Builders<Run>.Filter.In(run => run.State, RunTransitions.Unfinished))
        .AnyAsync();

    private static UpdateDefinition<NerveTask> Progress(TaskState state, DateTimeOffset? finishedAt)
    {
        var update = Builders<NerveTask>.Update.Set(task => task.State, state).CountUp();
        return finishedAt is null ? update.Unset(task => task.FinishedAt) : update.Set(task => task.FinishedAt, finishedAt).Unset(task => task.SealedSecrets);
    }
}
