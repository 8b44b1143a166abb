namespace Nerve.Server.Metrics;

/// <summary>Raw samples live for seven days. Pruned in small steps so that nobody waits.</summary>
internal sealed partial class SamplePruner(IMetricStore store, TimeProvider time, ILogger<SamplePruner> logger) : BackgroundService
{
    private const int RowsPerStep = 5000;
    private static readonly TimeSpan s_keep = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await store.PruneAsync(time.GetUtcNow() - s_keep, RowsPerStep, stoppingToken) > 0)
                {
                    await Task.Delay(s_pause, time, stoppingToken);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(logger, exception);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Old samples could not be removed; trying again later")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
