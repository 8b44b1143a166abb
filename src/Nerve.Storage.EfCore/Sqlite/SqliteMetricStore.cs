using Microsoft.EntityFrameworkCore;

namespace Nerve.Storage.EfCore.Sqlite;

internal sealed class SqliteMetricStore(SqliteDatabase database) : EfMetricStore(database)
{
    public override Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async context =>
            {
                var oldest = await context.Samples.Where(sample => sample.At < before)
                    .OrderBy(sample => sample.At).Take(limit).Select(sample => new { sample.AgentId, sample.At }).ToListAsync(cancellationToken);
                var removed = 0;
                foreach (var agent in oldest.GroupBy(sample => sample.AgentId))
                {
                    var last = agent.Max(sample => sample.At);
                    removed += await context.Samples.Where(sample => sample.AgentId == agent.Key && sample.At <= last)
                        .ExecuteDeleteAsync(cancellationToken);
                }

                return removed;
            },
            cancellationToken);
}
