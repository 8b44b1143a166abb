namespace Nerve.Server.Audit;

/// <summary>What a look through the whole record found.</summary>
/// <param name="Entries">How many there are.</param>
/// <param name="First">The oldest, null for an empty record.</param>
/// <param name="Last">The newest.</param>
/// <param name="Problem">What is wrong, with the number of the entry; null when all is well.</param>
public sealed record AuditVerdict(long Entries, AuditEntry? First, AuditEntry? Last, string? Problem);

/// <summary>Follows the chain of hashes from the oldest entry to the newest.</summary>
/// <remarks>Old entries are removed after their time, and an entry says so, with the hash of the last that was removed: so a record that does not begin
/// with 1 must have one.</remarks>
public static class AuditChain
{
    /// <summary>The action of the entry that says up to which number, and with which hash, old entries were removed.</summary>
    public const string Pruned = "audit.prune";

    private const int AtOnce = 1000;

    public static async Task<AuditVerdict> VerifyAsync(IAuditStore store, CancellationToken cancellationToken)
    {
        AuditEntry? first = null, last = null;
        var count = 0L;
        var isBeginningKnown = true;
        while (await store.ReadAsync(last?.Number ?? 0, AtOnce, cancellationToken) is { Count: > 0 } entries)
        {
            foreach (var entry in entries)
            {
                if (Problem(last, entry) is { } problem)
                {
                    return new AuditVerdict(count, first, last, problem);
                }

                first ??= entry;
                isBeginningKnown = isBeginningKnown && (count > 0 || entry.Number == 1);
                isBeginningKnown |= entry.Action == Pruned && entry.Detail == first.Previous && entry.Target == Upto(first.Number - 1);
                (last, count) = (entry, count + 1);
            }
        }

        return new AuditVerdict(
            count, first, last, isBeginningKnown ? null : $"The record begins with entry {first!.Number}, and no entry says that those before it were removed.");
    }

    /// <summary>The entry that says that those up to this one are gone.</summary>
    public static AuditDraft Note(AuditEntry last, DateTimeOffset now) =>
        new(now, "center", "none", null, Pruned, Upto(last.Number), "ok", last.Hash);

    private static string Upto(long number) => $"1-{number}";

    private static string? Problem(AuditEntry? before, AuditEntry entry) =>
        before is not null && entry.Number != before.Number + 1 ? $"Entry {before.Number + 1} is missing: after {before.Number} comes {entry.Number}."
        : before is not null && entry.Previous != before.Hash ? $"Entry {entry.Number} does not follow entry {before.Number}: one of the two was changed or put in."
        : entry.Number == 1 && entry.Previous != AuditEntry.Nothing ? "Entry 1 follows something that is not there."
        : entry.Hash != entry.ComputeHash() ? $"Entry {entry.Number} was changed: its hash is not that of its content."
        : null;
}
