namespace Nerve.Server.Audit;

/// <summary>Removes what is older than it is to be kept. An entry says so first, with the hash of the last that goes, so that the chain still has a beginning.</summary>
public static class AuditPruning
{
    private const int AtOnce = 2000;

    /// <summary>Removing is an entry, too: at most one of these a day, where little happens.</summary>
    private static readonly TimeSpan s_slack = TimeSpan.FromDays(1);

    /// <returns>How many were removed; 0 when nothing is left to remove.</returns>
    public static async Task<int> StepAsync(IAuditStore store, DateTimeOffset before, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var oldest = await store.ReadAsync(0, AtOnce, cancellationToken);
        var old = oldest.TakeWhile(entry => entry.At < before).ToList();
        if (old.Count == 0 || old[0].At >= before - s_slack)
        {
            return 0;
        }

        await store.AppendAsync([AuditChain.Note(old[^1], now)], cancellationToken);
        await store.RemoveUptoAsync(old[^1].Number, cancellationToken);
        return old.Count;
    }
}
