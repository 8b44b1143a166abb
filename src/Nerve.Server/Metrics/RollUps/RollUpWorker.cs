using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>Looks every minute for hours to roll up.</summary>
internal sealed class RollUpWorker(RollUpJob job, IJobLocks locks, TimeProvider time, ILogger<RollUpWorker> logger)
    : PeriodicService(TimeSpan.FromMinutes(1), "Samples could not be rolled up, and charts read the samples meanwhile", time, logger)
{
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using var mine = await locks.TryTakeAsync("roll-ups", stoppingToken);
        if (mine is not null)
        {
            await job.RunAsync(stoppingToken);
        }
    }
}
