using Microsoft.EntityFrameworkCore;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Storage.EfCore;

internal sealed class EfRollUpStore(Database database) : IRollUpStore
{
    public async Task<IReadOnlyList<StaleHour>> StaleAsync(
        DateTimeOffset before, DateTimeOffset markedBefore, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.StaleHours
            .Where(stale => stale.Hour < before && stale.MarkedAt <= markedBefore)
            .OrderBy(stale => stale.Hour).ThenBy(stale => stale.AgentId)
            .Take(limit)
            .ToListAsync(cancellationToken));

    public async Task<IReadOnlyList<DateTimeOffset>> StaleOfAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.StaleHours
            .Where(stale => stale.AgentId == agentId && stale.Hour >= from && stale.Hour < to)
            .OrderBy(stale => stale.Hour)
            .Take(limit)
            .Select(stale => stale.Hour)
            .ToListAsync(cancellationToken));

    /// <remarks>In one order, so that two centers that do the same never wait for each other in a circle.</remarks>
    public Task WriteAsync(IReadOnlyList<RollUp> rollUps, IReadOnlyList<StaleHour> done, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                foreach (var rollUp in rollUps.OrderBy(rollUp => rollUp.AgentId).ThenBy(rollUp => rollUp.Level).ThenBy(rollUp => rollUp.Hour))
                {
                    await context.Database.ExecuteSqlAsync(
                        $"""
                        INSERT INTO metric_rollups ("AgentId", "Level", "Hour", "Schema", "Values")
                        VALUES ({rollUp.AgentId}, {(int)rollUp.Level}, {rollUp.Hour.ToUnixTimeMilliseconds()}, {rollUp.Schema}, {rollUp.Values})
                        ON CONFLICT ("AgentId", "Level", "Hour") DO UPDATE SET "Schema" = excluded."Schema", "Values" = excluded."Values"
                        """,
                        cancellationToken);
                }

                foreach (var stale in done.OrderBy(stale => stale.AgentId).ThenBy(stale => stale.Hour))
                {
                    await context.StaleHours
                        .Where(mark => mark.AgentId == stale.AgentId && mark.Hour == stale.Hour && mark.MarkedAt == stale.MarkedAt)
                        .ExecuteDeleteAsync(cancellationToken);
                }
            },
            cancellationToken);

    public async Task<IReadOnlyList<RollUp>> ReadAsync(
        Guid agentId, RollUpLevel level, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.RollUps
            .Where(rollUp => rollUp.AgentId == agentId && rollUp.Level == level && rollUp.Hour >= from && rollUp.Hour < to)
            .OrderBy(rollUp => rollUp.Hour)
            .Take(limit)
            .ToListAsync(cancellationToken));

    public Task<int> PruneAsync(RollUpLevel level, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var oldest = await context.RollUps.Where(rollUp => rollUp.Level == level && rollUp.Hour < before)
                    .OrderBy(rollUp => rollUp.Hour).Take(limit)
                    .Select(rollUp => new { rollUp.AgentId, rollUp.Hour }).ToListAsync(cancellationToken);
                var removed = 0;
                foreach (var hour in oldest.GroupBy(rollUp => rollUp.Hour))
                {
                    var agents = hour.Select(rollUp => rollUp.AgentId).ToList();
                    removed += await context.RollUps
                        .Where(rollUp => agents.Contains(rollUp.AgentId) && rollUp.Level == level && rollUp.Hour == hour.Key)
                        .ExecuteDeleteAsync(cancellationToken);
                }

                return removed;
            },
            cancellationToken);
}
