namespace Nerve.Server.Audit;

/// <summary>Where the audit record is kept. It only grows, but for what is older than it is to be kept.</summary>
public interface IAuditStore
{
    /// <summary>Appends in the order of the list, behind the newest entry, all or nothing
    /// where the store has transactions. Of several callers, also of several centers, each finds the
    /// entries of the others before its own.</summary>
    Task<IReadOnlyList<AuditEntry>> AppendAsync(IReadOnlyList<AuditDraft> drafts, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<(IReadOnlyList<AuditEntry> Entries, int Total)> ListAsync(AuditFilter filter, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>All entries after a number, in order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(long after, int limit, CancellationToken cancellationToken);

    /// <summary>Removes the entries up to and with this number; the newest of all stays, whatever its number.</summary>
    Task RemoveUptoAsync(long number, CancellationToken cancellationToken);
}

/// <summary>Which entries; what is null does not matter.</summary>
/// <param name="Who">The actor.</param>
/// <param name="Action">The action, or <c>area.</c> for all of an area.</param>
/// <param name="Target">The target.</param>
/// <param name="From">Not before this moment.</param>
/// <param name="To">Before this moment.</param>
public sealed record AuditFilter(string? Who = null, string? Action = null, string? Target = null, DateTimeOffset? From = null, DateTimeOffset? To = null);
