using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Outputs;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoTaskStore(MongoStorage storage, TimeProvider time) : ITaskStore
{
    private static readonly FilterDefinitionBuilder<NerveTask> s_task = Builders<NerveTask>.Filter;
    private static readonly FilterDefinitionBuilder<Run> s_run = Builders<Run>.Filter;

    /// <summary>Runs that write no more, and whose place no other attempt took.</summary>
    private static readonly RunState[] s_hashed = [.. Enum.GetValues<RunState>().Except([.. RunTransitions.Unfinished, RunState.Retried])];

    private readonly IMongoCollection<NerveTask> _tasks = storage.Collections.Tasks;
    private readonly IMongoCollection<Run> _runs = storage.Collections.Runs;
    private readonly RunOutputs _outputs = new(storage.Collections);

    public Task AddAsync(NerveTask task, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        storage.RunAsync(() => NewTask.AddAsync(storage, task, runs, time, cancellationToken));

    public Task<NerveTask?> FindAsync(Guid id, CancellationToken cancellationToken) => storage.ReadAsync<NerveTask?>(async () =>
        await _tasks.Find(s_task.Eq(task => task.Id, id)).FirstOrDefaultAsync(cancellationToken));

    public Task<NerveTask?> FindByKeyAsync(string createdBy, string idempotencyKey, CancellationToken cancellationToken) =>
        storage.ReadAsync<NerveTask?>(async () => await _tasks
            .Find(s_task.Eq(task => task.CreatedBy, createdBy) & s_task.Eq(task => task.IdempotencyKey, idempotencyKey))
            .FirstOrDefaultAsync(cancellationToken));

    public Task<(IReadOnlyList<T> Tasks, int Total)> ListAsync<T>(
        TaskState? state, string? text, Guid? before, int limit, Func<NerveTask, T> pick, CancellationToken cancellationToken)
    {
        var which = state is { } wanted ? s_task.Eq(task => task.State, wanted) : s_task.Empty;
        if (!string.IsNullOrEmpty(text))
        {
            which &= TaskWords.Contain(text);
        }

        var page = before is { } place ? which & s_task.Lt(task => task.Id, place) : which;
        return storage.ReadAsync<(IReadOnlyList<T>, int)>(async () =>
        {
            var picked = new List<T>();
            await _tasks.Find(page).SortByDescending(task => task.Id).Limit(limit).ForEachAsync(task => picked.Add(pick(task)), cancellationToken);
            return (picked, (int)await _tasks.CountDocumentsAsync(which, cancellationToken: cancellationToken));
        });
    }

    public Task<IReadOnlyDictionary<Guid, RunCounts>> CountRunsAsync(IReadOnlyCollection<Guid> taskIds, CancellationToken cancellationToken) =>
        storage.ReadAsync(() => TaskProgress.CountAsync(_runs, taskIds, cancellationToken));

    public Task<IReadOnlyList<Run>> FindRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Run>>(async () => await _runs.Find(s_run.In(run => run.Id, runIds)).ToListAsync(cancellationToken));

    public Task<Run?> FindRunAsync(Guid taskId, Guid agentId, int? attempt, CancellationToken cancellationToken) => storage.ReadAsync<Run?>(async () =>
    {
        var ofHost = s_run.Eq(run => run.TaskId, taskId) & s_run.Eq(run => run.AgentId, agentId);
        return (await _runs.Find(ofHost).ToListAsync(cancellationToken)) // of a host there are few; those from before attempts were counted have no number
            .Where(run => attempt is null || run.Attempt == attempt).MaxBy(run => run.Attempt);
    });

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsAsync(
        Guid taskId, RunFilter filter, Guid? after, int limit, CancellationToken cancellationToken)
    {
        var which = s_run.Eq(run => run.TaskId, taskId)
            & (filter.State is { } wanted ? s_run.Eq(run => run.State, wanted) : s_run.In(run => run.State, Enum.GetValues<RunState>().Except([RunState.Retried])));
        which &= filter.Output is { } hash ? s_run.Eq(run => run.OutputHash, hash) : s_run.Empty;
        which &= filter.ExitCode is { } code ? s_run.Eq(run => run.ExitCode, code) : s_run.Empty;
        var page = after is { } place ? which & s_run.Gt(run => run.Id, place) : which;
        return ListAsync(_runs.Find(page).SortBy(run => run.Id), which, limit, cancellationToken);
    }

    public Task<IReadOnlyList<Run>> UnhashedRunsAsync(Guid taskId, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Run>>(async () => await _runs
            .Find(s_run.Eq(run => run.TaskId, taskId) & s_run.In(run => run.State, s_hashed) & s_run.Eq(run => run.OutputHash, null))
            .SortBy(run => run.Id).Limit(limit).ToListAsync(cancellationToken));

    public Task SetOutputHashesAsync(IReadOnlyList<(Guid RunId, string Hash)> hashes, CancellationToken cancellationToken) => storage.RunAsync(async () =>
        hashes.Count == 0 ? null : await _runs.BulkWriteAsync(
            hashes.GroupBy(pair => pair.Hash, pair => pair.RunId).Select(same => new UpdateManyModel<Run>(
                s_run.In(run => run.Id, same), Builders<Run>.Update.Set(run => run.OutputHash, same.Key).CountUp())),
            cancellationToken: cancellationToken));

    public Task<IReadOnlyList<OutputCount>> CountOutputsAsync(Guid taskId, CancellationToken cancellationToken) =>
        storage.ReadAsync(() => TaskProgress.CountOutputsAsync(_runs, taskId, s_hashed, cancellationToken));

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsOfAgentAsync(
        Guid agentId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var which = s_run.Eq(run => run.AgentId, agentId) & InAnyState();
        var page = before is { } place ? which & s_run.Lt(run => run.Id, place) : which;
        return ListAsync(_runs.Find(page).SortByDescending(run => run.Id), which, limit, cancellationToken);
    }

    public Task<IReadOnlyList<Run>> OpenRunsAsync(IReadOnlyCollection<Guid> agentIds, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Run>>(async () =>
        {
            var open = await _runs.Find(s_run.In(run => run.AgentId, agentIds) & s_run.In(run => run.State, RunTransitions.Open))
                .SortBy(run => run.Id).ToListAsync(cancellationToken);
            var taken = new Dictionary<Guid, int>();
            return [.. open.Where(run => (taken[run.AgentId] = taken.GetValueOrDefault(run.AgentId) + 1) <= limit)];
        });

    public Task<IReadOnlyCollection<Guid>> AgentsWithWorkAsync(CancellationToken cancellationToken) => storage.ReadAsync<IReadOnlyCollection<Guid>>(async () =>
    {
        var unfinished = await _tasks.Find(s_task.In(task => task.State, [TaskState.Pending, TaskState.Running]))
            .Project(task => task.Id).ToListAsync(cancellationToken);
        if (unfinished.Count == 0)
        {
            return [];
        }

        var open = s_run.In(run => run.TaskId, unfinished) & s_run.In(run => run.State, RunTransitions.Open);
        var untold = s_run.Eq(run => run.State, RunState.Pending) | s_run.Ne(run => run.CancelRequestedAt, null);
        return await _runs.Aggregate().Match(open & untold).Group(run => run.AgentId, group => group.Key).ToListAsync(cancellationToken);
    });

    public Task<IReadOnlyList<RunChanged>> ChangeRunsAsync(IReadOnlyList<RunChange> changes, CancellationToken cancellationToken) =>
        storage.RunAsync(() => RunWrites.ChangeAsync(storage.Collections, changes, cancellationToken));

    public Task<IReadOnlyList<Guid>> SettleTasksAsync(int limit, CancellationToken cancellationToken) => storage.RunAsync<IReadOnlyList<Guid>>(async () =>
    {
        var unfinished = s_task.In(task => task.State, [TaskState.Pending, TaskState.Running]);
        var settled = new List<Guid>();
        foreach (var task in await _tasks.Find(unfinished).SortBy(task => task.Id).Project(task => task.Id).ToListAsync(cancellationToken))
        {
            var ofTask = s_run.Eq(run => run.TaskId, task);
            if (settled.Count < limit
                && !await _runs.Find(ofTask & s_run.In(run => run.State, RunTransitions.Unfinished)).AnyAsync(cancellationToken)
                && await _runs.Find(ofTask).SortByDescending(run => run.FinishedAt).FirstOrDefaultAsync(cancellationToken) is { } last)
            {
                await TaskProgress.FollowRunsAsync(storage.Collections, task, last.FinishedAt ?? time.GetUtcNow());
                settled.Add(task);
            }
        }

        return settled;
    });

    /// <remarks>Those noted before first keep their moment: an update by a pipeline of stages could say so in one, and would write every document anew.</remarks>
    public Task<int> OfferRunsAsync(IReadOnlyCollection<Guid> runIds, DateTimeOffset at, CancellationToken cancellationToken) => storage.RunAsync(async () =>
    {
        var may = s_run.In(run => run.Id, runIds) & s_run.Eq(run => run.State, RunState.Pending) & s_run.Eq(run => run.CancelRequestedAt, null);
        await _runs.UpdateManyAsync(
            may & s_run.Eq(run => run.OfferedAt, null), Builders<Run>.Update.Set(run => run.OfferedAt, at).CountUp(), cancellationToken: cancellationToken);
        return (int)await _runs.CountDocumentsAsync(may, cancellationToken: cancellationToken);
    });

    public Task<Rollout?> ChangeRolloutAsync(Guid taskId, Func<Rollout, Rollout?> change, CancellationToken cancellationToken) =>
        storage.RunAsync(async () =>
        {
            var which = s_task.Eq(task => task.Id, taskId);
            while (await _tasks.Find(which).As<BsonDocument>().FirstOrDefaultAsync(cancellationToken) is { } read)
            {
                if (BsonSerializer.Deserialize<NerveTask>(read).Rollout is not { } rollout || change(rollout) is not { } changed)
                {
                    return null;
                }

                var unchanged = which & s_task.Eq(Revised.Revision, read.GetValue(Revised.Revision, BsonNull.Value));
                var update = Builders<NerveTask>.Update.Set(task => task.Rollout, changed).CountUp();
                if ((await _tasks.UpdateOneAsync(unchanged, update, cancellationToken: cancellationToken)).MatchedCount > 0)
                {
                    return changed;
                }
            }

            return (Rollout?)null;
        });

    public Task<IReadOnlyList<Guid>> UnfinishedRolloutsAsync(CancellationToken cancellationToken) => storage.ReadAsync<IReadOnlyList<Guid>>(
        async () => await _tasks
            .Find(s_task.In(task => task.State, [TaskState.Pending, TaskState.Running]) & s_task.Ne(task => task.Rollout, null))
            .SortBy(task => task.Id).Project(task => task.Id).ToListAsync(cancellationToken));

    public Task<IReadOnlyList<Run>> RunsOfRolloutAsync(Guid taskId, int batch, bool whole, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Run>>(async () =>
        {
            var reached = s_run.Eq(run => run.TaskId, taskId) & s_run.Lte(run => run.Batch, batch);
            var unfinished = s_run.In(run => run.State, RunTransitions.Unfinished);
            var wanted = whole ? unfinished | s_run.Eq(run => run.Batch, batch) : unfinished;
            return await _runs.Find(reached & wanted).SortBy(run => run.Id).ToListAsync(cancellationToken);
        });

    public Task<IReadOnlyList<(int Batch, RunCounts Counts)>> CountRunsByBatchAsync(Guid taskId, CancellationToken cancellationToken) =>
        storage.ReadAsync(() => TaskProgress.CountByBatchAsync(_runs, taskId, cancellationToken));

    public Task ReleaseRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken) => storage.RunAsync(() => _runs.UpdateManyAsync(
        s_run.In(run => run.Id, runIds) & s_run.Eq(run => run.State, RunState.Waiting),
        Builders<Run>.Update.Set(run => run.State, RunState.Pending).CountUp(),
        cancellationToken: cancellationToken));

    public Task<int> EndUnbegunRunsAsync(Guid taskId, RunState state, string error, DateTimeOffset at, CancellationToken cancellationToken) =>
        storage.RunAsync(async () =>
        {
            var ended = await _runs.UpdateManyAsync(
                s_run.Eq(run => run.TaskId, taskId)
                    & (s_run.Eq(run => run.State, RunState.Waiting) | (s_run.Eq(run => run.State, RunState.Pending) & s_run.Eq(run => run.OfferedAt, null))),
                Builders<Run>.Update.Set(run => run.State, state).Set(run => run.Error, error).Set(run => run.FinishedAt, at).CountUp(),
                cancellationToken: cancellationToken);
            await TaskProgress.FollowRunsAsync(storage.Collections, taskId, at);
            return (int)ended.ModifiedCount;
        });

    public Task<IReadOnlyList<Run>> OverdueRunsAsync(DateTimeOffset now, TimeSpan grace, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Run>>(async () =>
        {
            var expired = await _tasks
                .Find(s_task.In(task => task.State, [TaskState.Pending, TaskState.Running]) & s_task.Lte(task => task.ExpiresAt, now))
                .Project(task => new { task.Id, task.ExpiresAt, task.Spec.TimeoutSeconds }).ToListAsync(cancellationToken);
            if (expired.Count == 0)
            {
                return [];
            }

            var over = expired.Where(task => task.ExpiresAt.AddSeconds(task.TimeoutSeconds) <= now - grace);
            var open = s_run.In(run => run.TaskId, expired.Select(task => task.Id)) & s_run.In(run => run.State, RunTransitions.Unfinished);
            var overdue = s_run.Eq(run => run.OfferedAt, null) | s_run.In(run => run.TaskId, over.Select(task => task.Id));
            return await _runs.Find(open & overdue).SortBy(run => run.Id).Limit(limit).ToListAsync(cancellationToken);
        });

    public Task<IReadOnlyList<long?>> AppendOutputsAsync(IReadOnlyList<RunOutput> outputs, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _outputs.AppendAsync(outputs, cancellationToken));

    public Task<IReadOnlyList<RunOutput>> ReadOutputAsync(Guid runId, long fromOffset, int maxBytes, CancellationToken cancellationToken) =>
        storage.ReadAsync(() => _outputs.ReadAsync(runId, fromOffset, maxBytes, cancellationToken));

    public Task<int> PruneOutputAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _outputs.PruneAsync(before, limit, cancellationToken));

    /// <summary>Says what goes without saying, so that an index over state and id gives the runs in the order of their ids.</summary>
    private static FilterDefinition<Run> InAnyState() => s_run.In(run => run.State, Enum.GetValues<RunState>());

    private Task<(IReadOnlyList<Run> Runs, int Total)> ListAsync(
        IFindFluent<Run, Run> page, FilterDefinition<Run> all, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<(IReadOnlyList<Run>, int)>(async () => (
            await page.Limit(limit).ToListAsync(cancellationToken),
            (int)await _runs.CountDocumentsAsync(all, cancellationToken: cancellationToken)));
}
