using Microsoft.EntityFrameworkCore;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>The hot path: one statement for the signs of life, one binary COPY for the samples, in one transaction.</summary>
internal sealed class PostgresHeartbeatStore(PostgresDatabase database) : IHeartbeatStore
{
    /// <summary>Rows are written in the order of their ids, so that two batches never wait for each other in a circle.</summary>
    internal const string Touch =
        """
        UPDATE agents SET "LastSeenAt" = greatest("LastSeenAt", at)
        FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS beat(id, at) GROUP BY id ORDER BY id) AS beats
        WHERE agents."Id" = beats.id RETURNING agents."Id"
        """;

    /// <summary>Leaves the planner no way through the rows but one by one as they come sorted, or along the index. To lock them in that order first, as the
    /// textbooks do, took the database half as long again.</summary>
    internal const string InOrder =
        "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)";

    private const string Mark =
        """
        INSERT INTO stale_hours ("AgentId", "Hour", "MarkedAt")
        SELECT agent, hour, max(at) FROM unnest($1, $2, $3) AS mark(agent, hour, at) GROUP BY agent, hour ORDER BY agent, hour
        ON CONFLICT ("AgentId", "Hour") DO UPDATE SET "MarkedAt" = greatest(stale_hours."MarkedAt", excluded."MarkedAt")
        """;

    public Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlySet<Guid>>(
            async context =>
            {
                var connection = (NpgsqlConnection)context.Database.GetDbConnection();
                var known = await TouchAsync(connection, batch, cancellationToken);
                var rows = Rows(batch, known, cancellationToken);
                if (rows.Count > 0)
                {
                    await SampleCopy.RunAsync(context, rows, cancellationToken);
                }

                await MarkAsync(connection, [.. batch.SelectMany(heartbeat => heartbeat.StaleHours).Where(stale => known.Contains(stale.AgentId))], cancellationToken);
                return batch.Select(heartbeat => heartbeat.AgentId).Where(agent => !known.Contains(agent)).ToHashSet();
            },
            cancellationToken);

    private static async Task<HashSet<Guid>> TouchAsync(
        NpgsqlConnection connection, IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken)
    {
        await using var commands = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(InOrder),
                new(Touch)
                {
                    Parameters =
                    {
                        new() { Value = batch.Select(heartbeat => heartbeat.AgentId).ToArray() },
                        new() { Value = batch.Select(heartbeat => heartbeat.At.ToUnixTimeMilliseconds()).ToArray() },
                    },
                },
            },
        };
        await using var reader = await commands.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var known = new HashSet<Guid>(batch.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0));
        }

        return known;
    }

    /// <summary>Of several samples of one agent and moment, the first.</summary>
    private static List<SampleRow> Rows(IReadOnlyList<HeartbeatWrite> batch, HashSet<Guid> known, CancellationToken cancellationToken)
    {
        var rows = new List<SampleRow>(batch.Count);
        var seen = new HashSet<(Guid, long)>(batch.Count);
        foreach (var heartbeat in batch.Where(heartbeat => known.Contains(heartbeat.AgentId)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var sample in heartbeat.Samples)
            {
                var at = sample.At.ToUnixTimeMilliseconds();
                if (seen.Add((heartbeat.AgentId, at)))
                {
                    rows.Add(new SampleRow(heartbeat.AgentId, sample.At, sample.Schema, PackedValues.Pack(sample.Values)));
                }
            }
        }

        return rows;
    }

    private static async Task MarkAsync(NpgsqlConnection connection, IReadOnlyList<StaleHour> marks, CancellationToken cancellationToken)
    {
        if (marks.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Mark, connection)
        {
            Parameters =
            {
                new() { Value = marks.Select(stale => stale.AgentId).ToArray() },
                new() { Value = marks.Select(stale => stale.Hour.ToUnixTimeMilliseconds()).ToArray() },
                new() { Value = marks.Select(stale => stale.MarkedAt.ToUnixTimeMilliseconds()).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
