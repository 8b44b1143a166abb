using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Server.Retention;

/// <summary>Removes what is older than it is to be kept, in small steps so that nobody waits.</summary>
internal sealed partial class RetentionPruner(
    IMetricStore samples, IRollUpStore rollUps, RetentionSettings keep, TimeProvider time, ILogger<RetentionPruner> logger) : BackgroundService
{
    private const int SamplesPerStep = 5000;
    private const int RollUpsPerStep = 500;

    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await PruneAsync("samples", keep.Samples, before => samples.PruneAsync(before, SamplesPerStep, stoppingToken), stoppingToken);
            foreach (var level in RollUpLevels.All)
            {
                await PruneAsync(
                    $"roll-ups of {level.Window().TotalMinutes} minutes", keep.Of(level),
                    before => rollUps.PruneAsync(level, before, RollUpsPerStep, stoppingToken), stoppingToken);
            }
        }
    }

    private async Task PruneAsync(string what, TimeSpan life, Func<DateTimeOffset, Task<int>> step, CancellationToken stoppingToken)
    {
        try
        {
            while (await step(time.GetUtcNow() - life) > 0)
            {
                await Task.Delay(s_pause, time, stoppingToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailure(logger, what, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Old {What} could not be removed; trying again later")]
    private static partial void LogFailure(ILogger logger, string what, Exception exception);
}
