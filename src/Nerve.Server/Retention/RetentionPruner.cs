using Nerve.Server.Audit;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Server.Retention;

/// <summary>Removes what is older than it is to be kept, in small steps so that nobody waits.</summary>
internal sealed partial class RetentionPruner(
    IMetricStore samples, IRollUpStore rollUps, IInventoryStore inventories, ITaskStore tasks, IAuditStore audit,
    IJobLocks locks, RetentionSettings keep, TimeProvider time, ILogger<RetentionPruner> logger)
    : PeriodicService(RetentionPruner.Period, "Old data could not be removed", time, logger)
{
    /// <summary>From one look to the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <summary>After each step that removed something.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using var mine = await locks.TryTakeAsync("retention", stoppingToken);
        foreach (var kind in mine is null ? [] : Prunable.All(samples, rollUps, inventories, tasks, audit, keep, Time))
        {
            await PruneAsync(kind, stoppingToken);
        }
    }

    private async Task PruneAsync(Prunable kind, CancellationToken stoppingToken)
    {
        try
        {
            while (await kind.StepAsync(Time.GetUtcNow() - kind.Life, stoppingToken) > 0)
            {
                await Task.Delay(Pause, Time, stoppingToken);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailure(logger, kind.Name, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Old {What} could not be removed; trying again later")]
    private static partial void LogFailure(ILogger logger, string what, Exception exception);
}
