using Nerve.Server.Nodes;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>Looks every minute for hours to roll up.</summary>
internal sealed partial class RollUpWorker(RollUpJob job, IJobLocks locks, TimeProvider time, ILogger<RollUpWorker> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var mine = await locks.TryTakeAsync("roll-ups", stoppingToken);
                if (mine is not null)
                {
                    await job.RunAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(logger, exception);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Samples could not be rolled up; trying again in a minute. Charts read the samples meanwhile")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
