using MongoDB.Driver;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoRollUpStore(MongoStorage storage) : IRollUpStore
{
    private static readonly FilterDefinitionBuilder<RollUp> s_where = Builders<RollUp>.Filter;
    private static readonly FilterDefinitionBuilder<StaleHour> s_stale = Builders<StaleHour>.Filter;
    private static readonly BulkWriteOptions s_anyOrder = new() { IsOrdered = false };

    private readonly IMongoCollection<StaleHour> _stale = storage.Collections.StaleHours;

    /// <summary>To be there before the samples are, so that no sample is without its mark.</summary>
    public static async Task MarkAsync(IMongoCollection<StaleHour> stale, IEnumerable<StaleHour> marks)
    {
        var updates = marks.GroupBy(mark => (mark.AgentId, mark.Hour)).Select(group => new UpdateOneModel<StaleHour>(
            s_stale.Eq(mark => mark.AgentId, group.Key.AgentId) & s_stale.Eq(mark => mark.Hour, group.Key.Hour),
            Builders<StaleHour>.Update.Max(mark => mark.MarkedAt, group.Max(mark => mark.MarkedAt)))
        { IsUpsert = true }).ToList();
        if (updates.Count > 0)
        {
            await stale.BulkWriteAsync(updates, s_anyOrder);
        }
    }

    public Task<IReadOnlyList<StaleHour>> StaleAsync(
        DateTimeOffset before, DateTimeOffset markedBefore, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<StaleHour>>(async () => await _stale
            .Find(s_stale.Lt(mark => mark.Hour, before) & s_stale.Lte(mark => mark.MarkedAt, markedBefore))
            .SortBy(mark => mark.Hour).Limit(limit).ToListAsync(cancellationToken));

    public Task<IReadOnlyList<DateTimeOffset>> StaleOfAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<DateTimeOffset>>(async () => await _stale
            .Find(s_stale.Eq(mark => mark.AgentId, agentId) & s_stale.Gte(mark => mark.Hour, from) & s_stale.Lt(mark => mark.Hour, to))
            .SortBy(mark => mark.Hour).Limit(limit).Project(mark => mark.Hour).ToListAsync(cancellationToken));

    /// <remarks>The marks go last: a center that dies in between leaves hours that are rolled up once more.</remarks>
    public Task WriteAsync(IReadOnlyList<RollUp> rollUps, IReadOnlyList<StaleHour> done, CancellationToken cancellationToken) =>
        storage.RunAsync(async () =>
        {
            var levels = rollUps.GroupBy(rollUp => rollUp.Level, Replacement).ToList();
            var marks = done.Select(TakeOff).ToList();
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var level in levels)
            {
                await storage.Collections.RollUps(level.Key).BulkWriteAsync(level, s_anyOrder, CancellationToken.None);
            }

            if (marks.Count > 0)
            {
                await _stale.BulkWriteAsync(marks, s_anyOrder, CancellationToken.None);
            }
        });

    public Task<IReadOnlyList<RollUp>> ReadAsync(
        Guid agentId, RollUpLevel level, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<RollUp>>(async () => await storage.Collections.RollUps(level)
            .Find(s_where.Eq(rollUp => rollUp.AgentId, agentId) & s_where.Gte(rollUp => rollUp.Hour, from) & s_where.Lt(rollUp => rollUp.Hour, to))
            .SortBy(rollUp => rollUp.Hour).Limit(limit).ToListAsync(cancellationToken));

    /// <remarks>They expire in the server; this removes those of a time before expiry was set.</remarks>
    public Task<int> PruneAsync(RollUpLevel level, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        storage.RunAsync(async () =>
        {
            var rollUps = storage.Collections.RollUps(level);
            var old = s_where.Lt(rollUp => rollUp.Hour, before);
            var edge = await rollUps.Find(old).SortBy(rollUp => rollUp.Hour).Skip(limit - 1).Limit(1)
                .Project(rollUp => rollUp.Hour).ToListAsync(cancellationToken);
            var step = edge.Count > 0 ? s_where.Lte(rollUp => rollUp.Hour, edge[0]) : old;
            return (int)(await rollUps.DeleteManyAsync(step, cancellationToken)).DeletedCount;
        });

    private static ReplaceOneModel<RollUp> Replacement(RollUp rollUp) =>
        new(s_where.Eq(old => old.AgentId, rollUp.AgentId) & s_where.Eq(old => old.Hour, rollUp.Hour), rollUp) { IsUpsert = true };

    private static DeleteOneModel<StaleHour> TakeOff(StaleHour mark) => new(
        s_stale.Eq(old => old.AgentId, mark.AgentId) & s_stale.Eq(old => old.Hour, mark.Hour) & s_stale.Eq(old => old.MarkedAt, mark.MarkedAt));
}
