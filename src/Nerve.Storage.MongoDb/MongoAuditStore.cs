using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Audit;

namespace Nerve.Storage.MongoDb;

/// <summary>The audit record. An entry's number is its id: of two centers that append the same number, the second finds it taken and goes on behind.</summary>
internal sealed class MongoAuditStore(MongoStorage storage) : IAuditStore
{
    private static readonly FilterDefinitionBuilder<AuditEntry> s_entry = Builders<AuditEntry>.Filter;

    private readonly IMongoCollection<AuditEntry> _entries = storage.Collections.Audit;

    public Task<IReadOnlyList<AuditEntry>> AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken) =>
        storage.RunAsync<IReadOnlyList<AuditEntry>>(async () =>
        {
            var appended = new List<AuditEntry>(drafts.Count);
            while (appended.Count < drafts.Count)
            {
                var next = Chain(await LastAsync(cancellationToken), drafts.Skip(appended.Count));
                appended.AddRange(next.Take(await InsertAsync(next)));
            }

            return appended;
        });

    public Task<(IReadOnlyList<AuditEntry> Entries, int Total)> ListAsync(
        AuditFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        var which = Matching(filter);
        var page = before is { } place ? which & s_entry.Lt(entry => entry.Number, place) : which;
        return storage.ReadAsync<(IReadOnlyList<AuditEntry>, int)>(async () => (
            await _entries.Find(page).SortByDescending(entry => entry.Number).Limit(limit).ToListAsync(cancellationToken),
            (int)await _entries.CountDocumentsAsync(which, cancellationToken: cancellationToken)));
    }

    public Task<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<AuditEntry>>(async () => await _entries
            .Find(s_entry.Gt(entry => entry.Number, after)).SortBy(entry => entry.Number).Limit(limit).ToListAsync(cancellationToken));

    public Task RemoveUptoAsync(long number, CancellationToken cancellationToken) => storage.RunAsync(async () =>
        await LastAsync(cancellationToken) is { } last
            ? (await _entries.DeleteManyAsync(s_entry.Lte(entry => entry.Number, Math.Min(number, last.Number - 1)), cancellationToken)).DeletedCount
            : 0);

    private static List<AuditEntry> Chain(AuditEntry? last, IEnumerable<AuditDraft> drafts)
    {
        var entries = new List<AuditEntry>();
        foreach (var draft in drafts)
        {
            last = AuditEntry.After(last?.Number ?? 0, last?.Hash ?? AuditEntry.Nothing, draft);
            entries.Add(last);
        }

        return entries;
    }

    /// <summary>In order, and no further than to the first number that is taken.</summary>
    /// <returns>How many.</returns>
    private async Task<int> InsertAsync(List<AuditEntry> entries)
    {
        try
        {
            await _entries.InsertManyAsync(entries, new InsertManyOptions { IsOrdered = true });
            return entries.Count;
        }
        catch (MongoBulkWriteException exception) when (Failures.IsDuplicate(exception))
        {
            return exception.WriteErrors[0].Index;
        }
    }

    private async Task<AuditEntry?> LastAsync(CancellationToken cancellationToken) =>
        await _entries.Find(s_entry.Empty).SortByDescending(entry => entry.Number).FirstOrDefaultAsync(cancellationToken);

    private static FilterDefinition<AuditEntry> Matching(AuditFilter filter)
    {
        var which = s_entry.Empty;
        which &= filter.Who is { } who ? s_entry.Eq(entry => entry.Actor, who) : s_entry.Empty;
        which &= filter.Target is { } target ? s_entry.Eq(entry => entry.Target, target) : s_entry.Empty;
        which &= filter.From is { } from ? s_entry.Gte(entry => entry.At, from) : s_entry.Empty;
        which &= filter.To is { } to ? s_entry.Lt(entry => entry.At, to) : s_entry.Empty;
        return filter.Action switch
        {
            null => which,
            [.., '.'] area => which & s_entry.Regex(entry => entry.Action, new BsonRegularExpression("^" + System.Text.RegularExpressions.Regex.Escape(area))),
            var action => which & s_entry.Eq(entry => entry.Action, action),
        };
    }
}
