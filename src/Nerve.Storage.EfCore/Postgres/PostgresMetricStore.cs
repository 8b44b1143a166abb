using Microsoft.EntityFrameworkCore;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Old samples go by the day. The same round prepares the days to come.</summary>
internal sealed class PostgresMetricStore(PostgresDatabase database, TimeProvider time) : EfMetricStore(database)
{
    private const string PruneOther =
        $"DELETE FROM {SamplePartitions.Other} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {SamplePartitions.Other} WHERE \"At\" < {{0}} LIMIT {{1}}))";

    private readonly PostgresDatabase _database = database;

    public override async Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        await _database.Partitions.PrepareNextAsync(time.GetUtcNow(), cancellationToken);
        return await _database.Partitions.DropOldestAsync(before, cancellationToken) is var dropped and > 0
            ? dropped
            : await _database.WriteAsync(
                context => context.Database.ExecuteSqlRawAsync(PruneOther, [before.ToUnixTimeMilliseconds(), limit], cancellationToken),
                cancellationToken);
    }
}
