using Nerve.Server.Shared;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>What a person may do with a rollout on its way.</summary>
public sealed partial class RolloutService(ITaskStore store, RolloutSignals signals, TaskNews news, ILogger<RolloutService> logger)
{
    /// <summary>Begins no more hosts until it is resumed; those that have begun go on.</summary>
    /// <exception cref="ProblemException">There is no such task, it has no rollout, or it is over or paused already.</exception>
    public Task PauseAsync(Guid taskId, string by, CancellationToken cancellationToken) =>
        ChangeAsync(taskId, by, "paused", rollout => RolloutMachine.Pause(rollout, by), cancellationToken);

    /// <summary>Goes on after a halt, or begins the next batch now.</summary>
    /// <exception cref="ProblemException">There is no such task, it has no rollout, or it is not waiting for anybody.</exception>
    public Task ResumeAsync(Guid taskId, string by, CancellationToken cancellationToken) =>
        ChangeAsync(taskId, by, "resumed", RolloutMachine.Resume, cancellationToken);

    private async Task ChangeAsync(Guid taskId, string by, string what, Func<Rollout, Rollout?> change, CancellationToken cancellationToken)
    {
        var task = await store.FindAsync(taskId, cancellationToken) ?? throw Problems.NotFound("task.unknown", $"There is no task {taskId}.");
        if (task.Rollout is null)
        {
            throw Problems.Conflict("task.noRollout", "This task went to all of its hosts at once: it can be cancelled, but not paused or resumed.");
        }

        var changed = task.IsOver ? null : await store.ChangeRolloutAsync(
            taskId, rollout => change(rollout) is { } next ? next with { Step = rollout.Step + 1 } : null, cancellationToken);
        if (changed is null)
        {
            throw Problems.Conflict("task.phase", $"The rollout cannot be {what} in the phase it is in now; read the task again.");
        }

        LogChange(logger, taskId, what, by);
        signals.Ring(taskId);
        await news.TaskAsync(taskId, cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Information, "The rollout of task {Task} was {What} by {User}")]
    private static partial void LogChange(ILogger logger, Guid task, string what, string user);
}
