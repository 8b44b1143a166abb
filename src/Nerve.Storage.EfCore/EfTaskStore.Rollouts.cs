using Microsoft.EntityFrameworkCore;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Storage.EfCore;

/// <content>Tasks that go over their hosts in batches.</content>
internal sealed partial class EfTaskStore
{
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

    public async Task<IReadOnlyList<Guid>> UnfinishedRolloutsAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Tasks
            .Where(task => (task.State == TaskState.Pending || task.State == TaskState.Running) && task.Rollout != null)
            .OrderBy(task => task.Id).Select(task => task.Id).ToListAsync(cancellationToken));

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

    public Task<int> EndUnbegunRunsAsync(Guid taskId, RunState state, string error, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var unbegun = context.Runs.Where(run => run.TaskId == taskId
                    && (run.State == RunState.Waiting || (run.State == RunState.Pending && run.OfferedAt == null)));
                var ended = await unbegun.ExecuteUpdateAsync(
                    update => update.SetProperty(run => run.State, state).SetProperty(run => run.Error, error).SetProperty(run => run.FinishedAt, at),
                    cancellationToken);
                await TaskProgress.FollowRunsAsync(context, taskId, at, cancellationToken);
                return ended;
            },
            cancellationToken);
}
