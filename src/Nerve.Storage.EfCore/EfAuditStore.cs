using Microsoft.EntityFrameworkCore;
using Nerve.Server.Audit;

namespace Nerve.Storage.EfCore;

/// <summary>The audit record: one writer at a time, whichever center it is of.</summary>
internal sealed class EfAuditStore(Database database) : IAuditStore
{
    public Task<IReadOnlyList<AuditEntry>> AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<AuditEntry>>(
            async context =>
            {
                await context.LockAuditAsync(cancellationToken);
                var last = await context.Audit.OrderByDescending(entry => entry.Number)
                    .Select(entry => new { entry.Number, entry.Hash }).FirstOrDefaultAsync(cancellationToken);
                var (number, hash) = (last?.Number ?? 0, last?.Hash ?? AuditEntry.Nothing);
                var entries = new List<AuditEntry>(drafts.Count);
                foreach (var draft in drafts)
                {
                    var entry = AuditEntry.After(number, hash, draft);
                    entries.Add(entry);
                    (number, hash) = (entry.Number, entry.Hash);
                }

                context.Audit.AddRange(entries);
                await context.SaveChangesAsync(cancellationToken);
                return entries;
            },
            cancellationToken);

    public Task<(IReadOnlyList<AuditEntry> Entries, int Total)> ListAsync(
        AuditFilter filter, long? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<(IReadOnlyList<AuditEntry>, int)>(async context =>
        {
            var matches = Matching(context.Audit, filter);
            var page = await matches.Where(entry => before == null || entry.Number < before)
                .OrderByDescending(entry => entry.Number).Take(limit).ToListAsync(cancellationToken);
            return (page, await matches.CountAsync(cancellationToken));
        });

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(context => context.Audit.Where(entry => entry.Number > after)
            .OrderBy(entry => entry.Number).Take(limit).ToListAsync(cancellationToken));

    public Task RemoveUptoAsync(long number, CancellationToken cancellationToken) => database.WriteAsync(
        context => context.Audit.Where(entry => entry.Number <= number && entry.Number < context.Audit.Max(any => any.Number))
            .ExecuteDeleteAsync(cancellationToken),
        cancellationToken);

    private static IQueryable<AuditEntry> Matching(IQueryable<AuditEntry> entries, AuditFilter filter)
    {
        var area = filter.Action?.EndsWith('.') == true ? filter.Action : null;
        return entries.Where(entry =>
            (filter.Who == null || entry.Actor == filter.Who)
            && (filter.Target == null || entry.Target == filter.Target)
            && (filter.Action == null || entry.Action == filter.Action || (area != null && entry.Action.StartsWith(area)))
            && (filter.From == null || entry.At >= filter.From)
            && (filter.To == null || entry.At < filter.To));
    }
}
