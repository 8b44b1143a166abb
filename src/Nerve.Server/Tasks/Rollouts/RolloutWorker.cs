namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Leads every rollout on: when a run ended, and each second. Every node does, for any of them may end.</summary>
public sealed partial class RolloutWorker(ITaskStore store, RolloutStepper stepper, RolloutSignals signals, TimeProvider time, ILogger<RolloutWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    /// <summary>Many runs end together; one step serves them all.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await StepAllAsync(stoppingToken);
            await signals.WaitAsync(s_period, stoppingToken);
            await Task.Delay(s_pause, time, stoppingToken);
        }
    }

    private async Task StepAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            var tasks = await store.UnfinishedRolloutsAsync(cancellationToken);
            signals.IsAny = tasks.Count > 0;
            foreach (var task in tasks)
            {
                await stepper.LeadOnAsync(task.Id, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailure(logger, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Rollouts could not be led on; trying again soon")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
