using System.Collections.Concurrent;
using Nerve.Server.Live;
using Nerve.Server.Shared;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>Tells watchers what became of tasks and runs.</summary>
/// <remarks>A task of thousands of hosts changes with each of its runs; what it has become is counted and told a few times a second at most.</remarks>
public sealed partial class TaskNews(
    ITaskStore store, LiveFeed live, OutputSignals signals, RolloutSignals rollouts, TimeProvider time, ILogger<TaskNews> logger)
    : PeriodicService(TaskNews.s_pause, "What became of tasks could not be told", time, logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>When each of the tasks that are being worked on was told last, as a time stamp.</summary>
    private readonly ConcurrentDictionary<Guid, long> _told = new();

    private readonly ConcurrentDictionary<Guid, byte> _waiting = new();

    /// <summary>At once, unless it was told a moment ago; then a moment later. What has become of it is done: that it cannot be told is no failure.</summary>
    public async Task TaskAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (IsItsTurn(taskId))
        {
            await TellLaterAsync(taskId, cancellationToken);
        }
    }

    /// <summary>Runs changed, and their tasks with them.</summary>
    public void Runs(IReadOnlyList<Run> runs)
    {
        if (runs.Count == 0)
        {
            return;
        }

        signals.Ring([.. runs.Select(run => run.Id)]);
        live.RunsChanged([.. runs.Where(run => live.IsTaskWatched(run.TaskId)).Select(RunView.Of)]);
        foreach (var task in runs.Where(run => run.IsOver).Select(run => run.TaskId).Distinct().Where(rollouts.Tasks.Contains))
        {
            rollouts.Ring(task);
        }

        foreach (var task in runs.Select(run => run.TaskId).Distinct())
        {
            TaskSoon(task);
        }
    }

    public async Task<TaskView?> ViewAsync(Guid taskId, CancellationToken cancellationToken) =>
        await ReadAsync(taskId, cancellationToken) is var (task, counts) ? TaskView.Of(task, counts) : null;

    /// <summary>A task that was made just now, as it was made where it cannot be read: who asked for it is not to ask again.</summary>
    public async Task<TaskView?> ViewOfNewAsync(NerveTask task, int hosts, CancellationToken cancellationToken)
    {
        try
        {
            return await ViewAsync(task.Id, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnread(logger, task.Id, exception);
            return TaskView.Of(task, task.Rollout is null ? new RunCounts(Pending: hosts) : new RunCounts(Waiting: hosts));
        }
    }

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        foreach (var taskId in _waiting.Keys.Where(id => _waiting.TryRemove(id, out _)))
        {
            await TellLaterAsync(taskId, stoppingToken);
        }

        foreach (var (taskId, at) in _told.Where(told => Time.GetElapsedTime(told.Value) > s_pause))
        {
            _told.TryRemove(KeyValuePair.Create(taskId, at));
        }
    }

    /// <summary>As <see cref="TaskAsync"/>, and nobody waits for it.</summary>
    private void TaskSoon(Guid taskId)
    {
        if (IsItsTurn(taskId))
        {
            _ = TellLaterAsync(taskId, CancellationToken.None);
        }
    }

    /// <summary>False: it was told a moment ago, and will be again in a moment.</summary>
    private bool IsItsTurn(Guid taskId)
    {
        var now = Time.GetTimestamp();
        if (_told.TryGetValue(taskId, out var last) && Time.GetElapsedTime(last, now) < s_pause)
        {
            _waiting[taskId] = 0;
            return false;
        }

        _told[taskId] = now;
        return true;
    }

    private async Task TellLaterAsync(Guid taskId, CancellationToken cancellationToken)
    {
        _told[taskId] = Time.GetTimestamp();
        try
        {
            await TellAsync(taskId, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailure(logger, taskId, exception);
        }
    }

    private async Task TellAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (live.IsTaskWatched(taskId) && await ReadAsync(taskId, cancellationToken) is var (task, counts))
        {
            live.TaskChanged(TaskView.Of(BriefTask.Of(task), counts));
        }
    }

    private async Task<(NerveTask Task, RunCounts Counts)?> ReadAsync(Guid taskId, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(taskId, cancellationToken) is not { } task)
        {
            return null;
        }

        var counts = await store.CountRunsAsync([taskId], cancellationToken);
        return (task, counts.GetValueOrDefault(taskId) ?? new RunCounts());
    }

    [LoggerMessage(2, LogLevel.Warning, "Task {Task} was made but could not be read; its maker is answered without")]
    private static partial void LogUnread(ILogger logger, Guid task, Exception exception);

    [LoggerMessage(1, LogLevel.Warning, "What became of task {Task} could not be told; it is told with its next change")]
    private static partial void LogFailure(ILogger logger, Guid task, Exception exception);
}
