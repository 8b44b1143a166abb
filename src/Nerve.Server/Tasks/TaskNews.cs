using Nerve.Server.Live;

namespace Nerve.Server.Tasks;

/// <summary>Tells watchers what became of tasks and runs.</summary>
public sealed class TaskNews(ITaskStore store, LiveFeed live, OutputSignals signals)
{
    public async Task TaskAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (await ViewAsync(taskId, cancellationToken) is { } view)
        {
            live.TaskChanged(view);
        }
    }

    /// <summary>A run changed, and its task with it.</summary>
    public async Task RunAsync(Run run, CancellationToken cancellationToken)
    {
        signals.Ring(run.Id);
        live.RunChanged(RunView.Of(run));
        await TaskAsync(run.TaskId, cancellationToken);
    }

    public async Task<TaskView?> ViewAsync(Guid taskId, CancellationToken cancellationToken)
    {
        var task = await store.FindAsync(taskId, cancellationToken);
        if (task is null)
        {
            return null;
        }

        var counts = await store.CountRunsAsync([taskId], cancellationToken);
        return TaskView.Of(task, counts.GetValueOrDefault(taskId) ?? new RunCounts());
    }
}
