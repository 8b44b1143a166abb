using Nerve.Server.Audit;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;

namespace Nerve.Server.Retention;

/// <summary>Something that does not stay for ever.</summary>
/// <param name="Name">For people.</param>
/// <param name="Life">How long it is kept.</param>
/// <param name="StepAsync">Removes some of what is older than the given moment; 0 when nothing is left.</param>
public sealed record Prunable(string Name, TimeSpan Life, Func<DateTimeOffset, CancellationToken, Task<int>> StepAsync)
{
    private const int SmallRows = 5000;
    private const int LargeRows = 500;

    public static IReadOnlyList<Prunable> All(
        IMetricStore samples, IRollUpStore rollUps, IInventoryStore inventories, ITaskStore tasks, IAuditStore audit,
        RetentionSettings keep, TimeProvider time) =>
    [
        new("samples", keep.Samples, (before, cancel) => samples.PruneAsync(before, SmallRows, cancel)),
        new("roll-ups of five minutes", keep.FiveMinutes, (before, cancel) => rollUps.PruneAsync(RollUpLevel.FiveMinutes, before, LargeRows, cancel)),
        new("roll-ups of an hour", keep.OneHour, (before, cancel) => rollUps.PruneAsync(RollUpLevel.OneHour, before, LargeRows, cancel)),
        new("inventories", keep.Inventories, (before, cancel) => inventories.PruneAsync(before, LargeRows, cancel)),
        new("outputs of runs", keep.Output, (before, cancel) => tasks.PruneOutputAsync(before, LargeRows, cancel)),
        new("entries of the audit record", keep.Audit, (before, cancel) => AuditPruning.StepAsync(audit, before, time.GetUtcNow(), cancel)),
    ];
}
