using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Changes of many runs in one bulk of writes.</summary>
/// <remarks>Each run counts up its revision. A bulk only says how many of its writes found their document as it had been read; where that is not all,
/// the name of the writer in the document tells which, and the others are read and changed again.</remarks>
internal static class RunWrites
{
    private const string Writer = "writer";

    /// <remarks>What a failure has left between a run and its task, the repeated call completes.</remarks>
    public static async Task<IReadOnlyList<RunChanged>> ChangeAsync(
        Collections collections, IReadOnlyList<RunChange> changes, CancellationToken cancellationToken)
    {
        var documents = collections.Runs.Database.GetCollection<BsonDocument>(collections.Runs.CollectionNamespace.CollectionName);
        var answers = new RunChanged[changes.Count];
        var left = Enumerable.Range(0, changes.Count).ToList();
        while (left.Count > 0)
        {
            var read = await ReadAsync(documents, left.Select(i => changes[i].RunId), cancellationToken);
            var applied = RunChanges.Of(read.Values.Select(document => BsonSerializer.Deserialize<Run>(document)), [.. left.Select(i => changes[i])]);
            cancellationToken.ThrowIfCancellationRequested();
            await AddAsync(collections, applied.Added);
            var lost = await WriteAsync(documents, read, applied.Written);
            var there = await SettleAsync(collections, applied, lost);
            foreach (var (i, answer) in left.Zip(applied.Answers))
            {
                answers[i] = answer.Added is { } added ? answer with { Added = there.GetValueOrDefault((added.TaskId, added.AgentId, added.Attempt)) } : answer;
            }

            left.RemoveAll(i => !lost.Contains(changes[i].RunId));
        }

        foreach (var task in answers.Where(Follows).GroupBy(answer => answer.Before!.TaskId))
        {
            await TaskProgress.FollowRunsAsync(collections, task.Key, task.Max(answer => (answer.After ?? answer.Before)!.FinishedAt));
        }

        return answers;
    }

    /// <summary>Before the runs whose place they take are written: so the task has an unfinished run all the time. One that is there already, of a call that
    /// was cut off, stays.</summary>
    private static async Task AddAsync(Collections collections, IReadOnlyList<Run> runs)
    {
        try
        {
            if (runs.Count > 0)
            {
                await collections.Runs.InsertManyAsync(runs, new InsertManyOptions { IsOrdered = false });
            }
        }
        catch (MongoBulkWriteException exception) when (Failures.IsDuplicate(exception))
        {
            // They are there.
        }
    }

    /// <summary>Those whose run was written are there, whoever added them; those of this call are taken away again whose run somebody ended otherwise.</summary>
    private static async Task<Dictionary<(Guid Task, Guid Agent, int Attempt), Run>> SettleAsync(
        Collections collections, RunChanges applied, IReadOnlySet<Guid> lost)
    {
        var (kept, orphans) = (new List<Run>(), new List<Run>());
        foreach (var answer in applied.Answers.Where(answer => answer.Added is not null))
        {
            (lost.Contains(answer.Before!.Id) ? orphans : kept).Add(answer.Added!);
        }

        foreach (var orphan in orphans)
        {
            var before = await collections.Runs.Find(run => run.TaskId == orphan.TaskId && run.AgentId == orphan.AgentId && run.State == RunState.Retried).ToListAsync();
            if (before.TrueForAll(run => run.Attempt != orphan.Attempt - 1))
            {
                await collections.Runs.DeleteOneAsync(run => run.Id == orphan.Id);
            }
        }

        var there = await FindAsync(collections, kept);
        var missing = kept.Where(run => !there.ContainsKey((run.TaskId, run.AgentId, run.Attempt))).ToList();
        if (missing.Count == 0)
        {
            return there;
        }

        await AddAsync(collections, missing);
        return await FindAsync(collections, kept);
    }

    private static async Task<Dictionary<(Guid Task, Guid Agent, int Attempt), Run>> FindAsync(Collections collections, IReadOnlyList<Run> runs) =>
        runs.Count == 0 ? [] : (await collections.Runs
            .Find(Builders<Run>.Filter.In(run => run.TaskId, runs.Select(run => run.TaskId).Distinct())
                & Builders<Run>.Filter.In(run => run.AgentId, runs.Select(run => run.AgentId).Distinct())
                & Builders<Run>.Filter.Gt(run => run.Attempt, 1))
            .ToListAsync())
        .ToDictionary(run => (run.TaskId, run.AgentId, run.Attempt));

    private static bool Follows(RunChanged change) => change.After is { } after ? after.State != change.Before!.State : change.Before is { IsOver: true };

    private static async Task<Dictionary<Guid, BsonDocument>> ReadAsync(
        IMongoCollection<BsonDocument> documents, IEnumerable<Guid> runs, CancellationToken cancellationToken) =>
        (await documents.Find(Builders<BsonDocument>.Filter.In("_id", runs.Distinct().Select(Id))).ToListAsync(cancellationToken))
        .ToDictionary(document => document["_id"].AsBsonBinaryData.ToGuid(GuidRepresentation.Standard));

    /// <returns>The runs that were not written, for another writer was faster.</returns>
    private static async Task<IReadOnlySet<Guid>> WriteAsync(
        IMongoCollection<BsonDocument> documents, Dictionary<Guid, BsonDocument> read, IReadOnlyList<Run> runs)
    {
        if (runs.Count == 0)
        {
            return new HashSet<Guid>();
        }

        var writer = ObjectId.GenerateNewId();
        var result = await documents.BulkWriteAsync(runs.Select(run => Replace(read[run.Id], run, writer)), new BulkWriteOptions { IsOrdered = false });
        if (result.MatchedCount == runs.Count)
        {
            return new HashSet<Guid>();
        }

        var now = await ReadAsync(documents, runs.Select(run => run.Id), CancellationToken.None);
        return runs.Select(run => run.Id).Where(id => !now.TryGetValue(id, out var document) || document.GetValue(Writer, BsonNull.Value) != writer).ToHashSet();
    }

    private static ReplaceOneModel<BsonDocument> Replace(BsonDocument read, Run changed, ObjectId writer)
    {
        var revision = read.GetValue(Revised.Revision, BsonNull.Value);
        var document = changed.ToBsonDocument();
        document[Revised.Revision] = revision.IsBsonNull ? 1L : revision.AsInt64 + 1;
        document[Writer] = writer;
        return new ReplaceOneModel<BsonDocument>(new BsonDocument { ["_id"] = read["_id"], [Revised.Revision] = revision }, document);
    }

    private static BsonBinaryData Id(Guid id) => new(id, GuidRepresentation.Standard);
}
