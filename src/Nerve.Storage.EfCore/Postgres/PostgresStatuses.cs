using Microsoft.EntityFrameworkCore;
using Nerve.Server.Agents;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>Writes agents' statuses within the transaction of a context: one statement for all.</summary>
/// <remarks>One for each kept the rows of thousands of agents locked for seconds when their links broke together, and heartbeats waited for them. Rows are
/// written in the order of their ids, as heartbeats write them, so that neither waits for the other in a circle.</remarks>
internal static class PostgresStatuses
{
    public static async Task SetAsync(NerveDbContext context, IReadOnlyList<StatusChange> changes, CancellationToken cancellationToken)
    {
        Guid[] agents = [.. changes.Select(change => change.AgentId)];
        int[] statuses = [.. changes.Select(change => (int)change.Status)];
        long[] times = [.. changes.Select(change => change.At.ToUnixTimeMilliseconds())];
        await context.Database.ExecuteSqlRawAsync(PostgresHeartbeatStore.InOrder, cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"""
            UPDATE agents SET "Status" = change.status, "StatusSince" = change.at
            FROM (SELECT id, status, at FROM unnest({agents}, {statuses}, {times}) AS each(id, status, at) ORDER BY id) AS change
            WHERE agents."Id" = change.id
            """,
            cancellationToken);
    }
}
