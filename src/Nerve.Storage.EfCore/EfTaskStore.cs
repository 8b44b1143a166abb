using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Outputs;

namespace Nerve.Storage.EfCore;

internal sealed partial class EfTaskStore(Database database) : ITaskStore
{
    /// <summary>Runs that may still write, or whose place another attempt took.</summary>
    private static readonly RunState[] s_unhashed = [.. RunTransitions.Unfinished, RunState.Retried];

    public Task AddAsync(NerveTask task, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                context.Tasks.Add(task).Property(NerveDbContext.TaskWords).CurrentValue = task.SearchText;
                await context.SaveChangesAsync(cancellationToken);
                await database.AddRunsAsync(context, runs, cancellationToken);
            },
            cancellationToken);

    public Task<NerveTask?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Tasks.FirstOrDefaultAsync(task => task.Id == id, cancellationToken));

    public Task<NerveTask?> FindByKeyAsync(string createdBy, string idempotencyKey, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Tasks.FirstOrDefaultAsync(
            task => task.CreatedBy == createdBy && task.IdempotencyKey == idempotencyKey, cancellationToken));

    public Task<(IReadOnlyList<T> Tasks, int Total)> ListAsync<T>(
        TaskState? state, string? text, Guid? before, int limit, Func<NerveTask, T> pick, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<T>, int)>(async context =>
        {
            var matches = context.Tasks.Where(task => state == null || task.State == state);
            if (!string.IsNullOrEmpty(text))
            {
                matches = matches.Where(context.TextIsIn(text));
            }

            var total = await matches.CountAsync(cancellationToken);
            var page = await matches.Where(task => before == null || task.Id.CompareTo(before.Value) < 0)
                .OrderByDescending(task => task.Id).Take(limit).AsAsyncEnumerable().Select(pick).ToListAsync(cancellationToken);
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

    public async Task<IReadOnlyList<Run>> FindRunsAsync(IReadOnlyCollection<Guid> runIds, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs.Where(run => runIds.Contains(run.Id)).ToListAsync(cancellationToken));

    public Task<Run?> FindRunAsync(Guid taskId, Guid agentId, int? attempt, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.Runs
            .Where(run => run.TaskId == taskId && run.AgentId == agentId && (attempt == null || run.Attempt == attempt))
            .OrderByDescending(run => run.Attempt).FirstOrDefaultAsync(cancellationToken));

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsAsync(
        Guid taskId, RunFilter filter, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<Run>, int)>(async context =>
        {
            var (state, output, exitCode) = filter;
            var matches = context.Runs.Where(run => run.TaskId == taskId);
            matches = state is null ? matches.Where(run => run.State != RunState.Retried) : matches.Where(run => run.State == state);
            matches = output is null ? matches : matches.Where(run => run.OutputHash == output);
            matches = exitCode is null ? matches : matches.Where(run => run.ExitCode == exitCode);
            var page = await matches.Where(run => after == null || run.Id.CompareTo(after.Value) > 0)
                .OrderBy(run => run.Id).Take(limit).ToListAsync(cancellationToken);
            return (page, await matches.CountAsync(cancellationToken));
        });

    public async Task<IReadOnlyList<Run>> UnhashedRunsAsync(Guid taskId, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs
            .Where(run => run.TaskId == taskId && run.OutputHash == null && !s_unhashed.Contains(run.State))
            .OrderBy(run => run.Id).Take(limit).ToListAsync(cancellationToken));

    public Task SetOutputHashesAsync(IReadOnlyList<(Guid RunId, string Hash)> hashes, CancellationToken cancellationToken) => database.WriteAsync(
        async context =>
        {
            foreach (var same in hashes.GroupBy(pair => pair.Hash, pair => pair.RunId))
            {
                Guid[] runs = [.. same];
                await context.Runs.Where(run => runs.Contains(run.Id))
                    .ExecuteUpdateAsync(update => update.SetProperty(run => run.OutputHash, same.Key), cancellationToken);
            }
        },
        cancellationToken);

    public async Task<IReadOnlyList<OutputCount>> CountOutputsAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var groups = await database.ReadAsync(context => context.Runs
            .Where(run => run.TaskId == taskId && run.OutputHash != null && !s_unhashed.Contains(run.State))
            .GroupBy(run => new { run.State, run.ExitCode, run.OutputHash })
            .Select(group => new { group.Key, Count = group.Count() })
            .ToListAsync(cancellationToken));
        return [.. groups.Select(group => new OutputCount(group.Key.State, group.Key.ExitCode, group.Key.OutputHash!, group.Count))
            .OrderByDescending(group => group.Count).ThenBy(group => group.State).ThenBy(group => group.ExitCode).ThenBy(group => group.Hash, StringComparer.Ordinal)];
    }

    public Task<(IReadOnlyList<Run> Runs, int Total)> ListRunsOfAgentAsync(
        Guid agentId, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<Run>, int)>(async context =>
        {
            var matches = context.Runs.Where(run => run.AgentId == agentId);
            var page = await matches.Where(run => before == null || run.Id.CompareTo(before.Value) < 0)
                .OrderByDescending(run => run.Id).Take(limit).ToListAsync(cancellationToken);
            return (page, await matches.CountAsync(cancellationToken));
        });

    /// <remarks>As a list, and cut here: of one agent there are few, and no engine counts by agent without sorting all of them.</remarks>
    public async Task<IReadOnlyList<Run>> OpenRunsAsync(IReadOnlyCollection<Guid> agentIds, int limit, CancellationToken cancellationToken)
    {
        var taken = new Dictionary<Guid, int>();
        await using var context = database.Open();
        return await context.Runs
            .Where(run => agentIds.Contains(run.AgentId) && (run.State == RunState.Pending || run.State == RunState.Running))
            .OrderBy(run => run.Id).AsAsyncEnumerable()
            .Where(run => (taken[run.AgentId] = taken.GetValueOrDefault(run.AgentId) + 1) <= limit)
            .ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyCollection<Guid>> AgentsWithWorkAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Runs
            .Where(run => run.State == RunState.Pending || (run.State == RunState.Running && run.CancelRequestedAt != null))
            .Select(run => run.AgentId).Distinct().ToListAsync(cancellationToken));

    public async Task<IReadOnlyList<Guid>> SettleTasksAsync(int limit, CancellationToken cancellationToken)
    {
        var settled = await database.ReadAsync(context => context.Tasks
            .Where(task => (task.State == TaskState.Pending || task.State == TaskState.Running)
                && context.Runs.Any(run => run.TaskId == task.Id)
                && !context.Runs.Any(run => run.TaskId == task.Id
                    && (run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running)))
            .OrderBy(task => task.State).ThenBy(task => task.Id) // as the index over both
            .Select(task => task.Id).Take(limit).ToListAsync(cancellationToken));
        foreach (var id in settled)
        {
            await database.WriteAsync(
                async context =>
                {
                    var last = await context.Runs.Where(run => run.TaskId == id && run.FinishedAt != null)
                        .OrderByDescending(run => run.FinishedAt).Select(run => run.FinishedAt).FirstOrDefaultAsync(cancellationToken);
                    await TaskProgress.FollowRunsAsync(context, id, last, cancellationToken);
                },
                cancellationToken);
        }

        return settled;
    }

    public Task<IReadOnlyList<RunChanged>> ChangeRunsAsync(IReadOnlyList<RunChange> changes, CancellationToken cancellationToken) => database.WriteAsync(
        async context =>
        {
            Guid[] ids = [.. changes.Select(change => change.RunId).Distinct()];
            var applied = RunChanges.Of(await context.RunsForUpdate(ids).ToListAsync(cancellationToken), changes);
            if (applied.Written.Count > 0)
            {
                await database.UpdateRunsAsync(context, applied.Written, cancellationToken);
            }

            if (applied.Added.Count > 0)
            {
                await database.AddRunsAsync(context, applied.Added, cancellationToken);
            }

            foreach (var (task, at) in applied.Tasks)
            {
                await TaskProgress.FollowRunsAsync(context, task, at, cancellationToken);
            }

            return applied.Answers;
        },
        cancellationToken);

    public Task<int> OfferRunsAsync(IReadOnlyCollection<Guid> runIds, DateTimeOffset at, CancellationToken cancellationToken) => database.WriteAsync(
        context => context.Runs.Where(run => runIds.Contains(run.Id) && run.State == RunState.Pending && run.CancelRequestedAt == null)
            .ExecuteUpdateAsync(update => update.SetProperty(run => run.OfferedAt, run => run.OfferedAt ?? at), cancellationToken),
        cancellationToken);

    public async Task<IReadOnlyList<Run>> OverdueRunsAsync(
        DateTimeOffset now, TimeSpan grace, int limit, CancellationToken cancellationToken)
    {
        await using var context = database.Open();
        var expired = await context.Tasks
            .Where(task => (task.State == TaskState.Pending || task.State == TaskState.Running) && task.ExpiresAt <= now)
            .OrderBy(task => task.State).ThenBy(task => task.Id) // as the index over both, which leads to the few that are unfinished
            .Select(task => new { task.Id, task.ExpiresAt, task.Spec }).ToListAsync(cancellationToken);
        if (expired.Count == 0)
        {
            return [];
        }

        Guid[] all = [.. expired.Select(task => task.Id)];
        Guid[] over = [.. expired.Where(task => task.ExpiresAt.AddSeconds(task.Spec.TimeoutSeconds) <= now - grace).Select(task => task.Id)];
        return await context.Runs
            .Where(run => all.Contains(run.TaskId) && (run.State == RunState.Waiting || run.State == RunState.Pending || run.State == RunState.Running))
            .Where(run => run.OfferedAt == null || over.Contains(run.TaskId))
            .AsAsyncEnumerable().Take(limit).OrderBy(run => run.Id).ToListAsync(cancellationToken);
    }
}
