using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.EfCore;

internal sealed class EfTaskStore(Database database) : ITaskStore
{
    public Task AddAsync(NerveTask task, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        database.WriteAsync(
            context =>
            {
                context.Tasks.Add(task).Property(NerveDbContext.TaskWords).CurrentValue = task.SearchText;
                context.Runs.AddRange(runs);
                return context.SaveChangesAsync(cancellationToken);
            },
            cancellationToken);

    public Task<NerveTask?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Tasks.FirstOrDefaultAsync(task => task.Id == id, cancellationToken));

    public Task<NerveTask?> FindByKeyAsync(string createdBy, string idempotencyKey, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Tasks.FirstOrDefaultAsync(
            task => task.CreatedBy == createdBy && task.IdempotencyKey == idempotencyKey, cancellationToken));

    public Task<(IReadOnlyList<NerveTask> Tasks, int Total)> ListAsync(
        TaskState? state, string? text, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<NerveTask>, int)>(async context =>
        {
            var matches = context.Tasks.Where(task => state == null || task.State == state);
            if (!string.IsNullOrEmpty(text))
            {
                matches = matches.Where(context.TextIsIn(text));
            }

            var total = await matches.CountAsync(cancellationToken);
            var page = await matches.Where(task => before == null || task.Id.CompareTo(before.Value) < 0)
                .OrderByDescending(task => task.Id).Take(limit).ToListAsync(cancellationToken);
            return (page, total);
        });

    public async Task<IReadOnlyDictionary<Guid, RunCounts>> CountRunsAsync(
        IReadOnlyCollection<Guid> taskIds, CancellationToken cancellationToken)
    {
        await using var context = database.Open();
        var groups = await context.Runs.Where(run => taskIds.Contains(run.TaskId))
            .GroupBy(run => new { run.TaskId, run.State })
            .Select(group => new { group.Key.TaskId, group.Key.State, Count = group.Count() })
            .ToListAsync(cancellationToken);
        return groups.GroupBy(group => group.TaskId)
            .ToDictionary(task => task.Key, task => RunCounts.Of(task.ToDictionary(group => group.State, group => group.Count)));
    }

    public Task<Run?> FindRunAsync(Guid runId, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Runs.FirstOrDefaultAsync(run => run.Id == runId, cancellationToken));

    public Task<Run?> FindRunAsync(Guid taskId, Guid agentId, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Runs.FirstOrDefaultAsync(
            run => run.TaskId == taskId && run.AgentId == agentId, cancellationToken));

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsAsync(
        Guid taskId, RunState? state, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<Run>, int)>(async context =>
        {
            var matches = context.Runs.Where(run => run.TaskId == taskId && (state == null || run.State == state));
            var page = await matches.Where(run => after == null || run.Id.CompareTo(after.Value) > 0)
                .OrderBy(run => run.Id).Take(limit).ToListAsync(cancellationToken);
            return (page, await matches.CountAsync(cancellationToken));
        });

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsOfAgentAsync(
        Guid agentId, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<Run>, int)>(async context =>
        {
            var matches = context.Runs.Where(run => run.AgentId == agentId);
            var page = await matches.Where(run => before == null || run.Id.CompareTo(before.Value) < 0)
                .OrderByDescending(run => run.Id).Take(limit).ToListAsync(cancellationToken);
            return (page, await matches.CountAsync(cancellationToken));
        });

    public async Task<IReadOnlyList<Run>> OpenRunsAsync(Guid agentId, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs
            .Where(run => run.AgentId == agentId && (run.State == RunState.Pending || run.State == RunState.Running))
            .OrderBy(run => run.Id).Take(limit).ToListAsync(cancellationToken));

    public async Task<IReadOnlyCollection<Guid>> AgentsWithWorkAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs
            .Where(run => run.State == RunState.Pending || (run.State == RunState.Running && run.CancelRequestedAt != null))
            .Select(run => run.AgentId).Distinct().ToListAsync(cancellationToken));

    public Task<Run?> ChangeRunAsync(
        Guid runId, IReadOnlyCollection<RunState> from, Func<Run, Run> change, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var old = await context.RunForUpdate(runId).FirstOrDefaultAsync(cancellationToken);
                if (old is null || !from.Contains(old.State))
                {
                    return null;
                }

                var changed = change(old) with { Id = old.Id, StoredBytes = old.StoredBytes };
                context.Runs.Update(changed);
                await context.SaveChangesAsync(cancellationToken);
                if (changed.State != old.State)
                {
                    await TaskProgress.FollowRunsAsync(context, changed.TaskId, changed.FinishedAt, cancellationToken);
                }

                return changed;
            },
            cancellationToken);

    public Task<Rollout?> ChangeRolloutAsync(Guid taskId, Func<Rollout, Rollout?> change, CancellationToken cancellationToken) => database.WriteAsync(
        async context =>
        {
            var old = await context.TaskForUpdate(taskId).FirstOrDefaultAsync(cancellationToken);
            if (old?.Rollout is not { } rollout || change(rollout) is not { } changed)
            {
                return null;
            }

            await context.Tasks.Where(task => task.Id == taskId)
                .ExecuteUpdateAsync(update => update.SetProperty(task => task.Rollout, changed), cancellationToken);
            return changed;
        },
        cancellationToken);

    public async Task<IReadOnlyList<NerveTask>> UnfinishedRolloutsAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Tasks
            .Where(task => (task.State == TaskState.Pending || task.State == TaskState.Running) && task.Rollout != null)
            .OrderBy(task => task.Id).ToListAsync(cancellationToken));

    public async Task<IReadOnlyList<Run>> RunsOfRolloutAsync(Guid taskId, int batch, bool whole, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs
            .Where(run => run.TaskId == taskId && run.Batch <= batch
                && ((whole && run.Batch == batch) || run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running))
            .OrderBy(run => run.Id).ToListAsync(cancellationToken));

    public async Task<IReadOnlyList<(int Batch, RunCounts Counts)>> CountRunsByBatchAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var groups = await database.ReadAsync(context => context.Runs.Where(run => run.TaskId == taskId)
            .GroupBy(run => new { run.Batch, run.State })
            .Select(group => new { group.Key.Batch, group.Key.State, Count = group.Count() })
            .ToListAsync(cancellationToken));
        return [.. groups.GroupBy(group => group.Batch).OrderBy(batch => batch.Key)
            .Select(batch => (batch.Key, RunCounts.Of(batch.ToDictionary(group => group.State, group => group.Count))))];
    }

    public Task ReleaseRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken) => database.WriteAsync(
        context => context.Runs.Where(run => runIds.Contains(run.Id) && run.State == RunState.Waiting)
            .ExecuteUpdateAsync(update => update.SetProperty(run => run.State, RunState.Pending), cancellationToken),
        cancellationToken);

    public Task<int> EndWaitingRunsAsync(Guid taskId, RunState state, string error, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var ended = await context.Runs.Where(run => run.TaskId == taskId && run.State == RunState.Waiting).ExecuteUpdateAsync(
                    update => update.SetProperty(run => run.State, state).SetProperty(run => run.Error, error).SetProperty(run => run.FinishedAt, at),
                    cancellationToken);
                await TaskProgress.FollowRunsAsync(context, taskId, at, cancellationToken);
                return ended;
            },
            cancellationToken);

    public async Task<IReadOnlyList<Run>> OverdueRunsAsync(
        DateTimeOffset now, TimeSpan grace, int limit, CancellationToken cancellationToken)
    {
        await using var context = database.Open();
        var lost = now - grace;
        var unfinished = context.Tasks.Where(task => task.State == TaskState.Pending || task.State == TaskState.Running);
        var open = context.Runs.Where(run => run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running)
            .Join(unfinished, run => run.TaskId, task => task.Id, (run, task) => new { run, task.ExpiresAt, task.Spec })
            .Where(pair => (pair.run.OfferedAt == null && pair.ExpiresAt <= now) || (pair.run.OfferedAt != null && pair.ExpiresAt <= lost))
            .OrderBy(pair => pair.run.Id)
            .AsAsyncEnumerable();

        // The timeout is inside the document, so the limit counts only after it was looked at.
        return await open
            .Where(pair => pair.run.OfferedAt is null || pair.ExpiresAt.AddSeconds(pair.Spec.TimeoutSeconds) <= lost)
            .Select(pair => pair.run)
            .Take(limit)
            .ToListAsync(cancellationToken);
    }

    public Task<long?> AppendOutputAsync(RunOutput output, CancellationToken cancellationToken) =>
        database.WriteAsync<long?>(
            async context =>
            {
                var end = output.Offset + output.Data.Length;
                var grown = await context.Runs.Where(run => run.Id == output.RunId && run.StoredBytes == output.Offset)
                    .ExecuteUpdateAsync(update => update.SetProperty(run => run.StoredBytes, end), cancellationToken);
                if (grown == 0)
                {
                    return await context.Runs.Where(run => run.Id == output.RunId)
                        .Select(run => (long?)run.StoredBytes).FirstOrDefaultAsync(cancellationToken);
                }

                if (output.Data.Length > 0)
                {
                    context.Outputs.Add(new OutputRow(output.RunId, output.Offset, output.Stream, output.At, output.Data));
                    await context.SaveChangesAsync(cancellationToken);
                }

                return end;
            },
            cancellationToken);

    public async Task<IReadOnlyList<RunOutput>> ReadOutputAsync(
        Guid runId, long fromOffset, int maxBytes, CancellationToken cancellationToken)
    {
        await using var context = database.Open();
        var first = await context.Outputs.Where(piece => piece.RunId == runId && piece.Offset <= fromOffset)
            .OrderByDescending(piece => piece.Offset).Select(piece => (long?)piece.Offset).FirstOrDefaultAsync(cancellationToken) ?? 0;
        var pieces = new List<RunOutput>();
        var bytes = 0;
        await foreach (var row in context.Outputs.Where(piece => piece.RunId == runId && piece.Offset >= first)
            .OrderBy(piece => piece.Offset).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (row.Offset + row.Data.Length <= fromOffset)
            {
                continue;
            }

            pieces.Add(new RunOutput(row.RunId, row.Offset, row.Stream, row.At, row.Data));
            bytes += row.Data.Length;
            if (bytes >= maxBytes)
            {
                break;
            }
        }

        return pieces;
    }

    public Task<int> PruneOutputAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var runs = await context.Outputs.Where(piece => piece.At < before)
                    .Join(context.Runs.Where(run => run.FinishedAt < before), piece => piece.RunId, run => run.Id, (piece, run) => run.Id)
                    .Distinct().Take(limit).ToListAsync(cancellationToken);
                return runs.Count > 0 && await context.Outputs.Where(piece => runs.Contains(piece.RunId)).ExecuteDeleteAsync(cancellationToken) > 0
                    ? runs.Count
                    : 0;
            },
            cancellationToken);
}
