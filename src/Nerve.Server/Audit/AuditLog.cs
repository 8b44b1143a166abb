using Nerve.Server.Ingestion;
using Nerve.Server.Operations;

namespace Nerve.Server.Audit;

/// <summary>Writes the audit record. Who has written may answer: the entry is stored.</summary>
public sealed class AuditLog(IAuditStore store, TimeProvider time, ILogger<AuditLog> logger, StoreHealth? health = null)
    : BatchPipeline<AuditDraft, AuditEntry>(s_limits, time, logger, health)
{
    private static readonly BatchLimits s_limits = new("entries of the audit record", Capacity: 10_000, MaxBatch: 500, TimeSpan.Zero);

    /// <remarks>What the store took without saying so is there twice then: better than not at all.</remarks>
    protected override Task<IReadOnlyList<AuditEntry>> StoreAsync(IReadOnlyList<AuditDraft> batch, CancellationToken cancellationToken) =>
        store.AppendAsync(batch, cancellationToken);
}
