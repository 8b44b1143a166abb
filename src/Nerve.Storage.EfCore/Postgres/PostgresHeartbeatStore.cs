using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Npgsql;
using NpgsqlTypes;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>The hot path: one statement for the signs of life, one binary COPY for the samples, in one transaction.</summary>
/// <remarks>Repeated samples are rare: agents send them only when an acknowledgement was lost. So COPY goes straight into the table, and only
/// when it meets a row that is there already does the batch go through a staging table, which costs about twice as much.</remarks>
internal sealed class PostgresHeartbeatStore(PostgresDatabase database) : IHeartbeatStore
{
    private const string Savepoint = "samples";
    private const string Columns = "(\"AgentId\", \"At\", \"SchemaId\", \"Values\")";

    /// <summary>Rows are locked in the order of their ids, so that two batches never wait for each other in a circle.</summary>
    internal const string Touch =
        """
        WITH beats AS (SELECT id, max(at) AS at FROM unnest($1, $2) AS beat(id, at) GROUP BY id),
             locked AS (SELECT "Id", at FROM agents JOIN beats ON id = "Id" ORDER BY "Id" FOR NO KEY UPDATE OF agents)
        UPDATE agents SET "LastSeenAt" = greatest("LastSeenAt", at) FROM locked WHERE agents."Id" = locked."Id" RETURNING agents."Id"
        """;

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
                    await StoreAsync(connection, (NpgsqlTransaction)context.Database.CurrentTransaction!.GetDbTransaction(), rows, cancellationToken);
                }

                await MarkAsync(connection, [.. batch.SelectMany(heartbeat => heartbeat.StaleHours).Where(stale => known.Contains(stale.AgentId))], cancellationToken);
                return batch.Select(heartbeat => heartbeat.AgentId).Where(agent => !known.Contains(agent)).ToHashSet();
            },
            cancellationToken);

    private static async Task<HashSet<Guid>> TouchAsync(
        NpgsqlConnection connection, IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Touch, connection)
        {
            Parameters =
            {
                new() { Value = batch.Select(heartbeat => heartbeat.AgentId).ToArray() },
                new() { Value = batch.Select(heartbeat => heartbeat.At.ToUnixTimeMilliseconds()).ToArray() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0));
        }

        return known;
    }

    /// <summary>Of several samples of one agent and moment, the first.</summary>
    private static List<Row> Rows(IReadOnlyList<HeartbeatWrite> batch, HashSet<Guid> known, CancellationToken cancellationToken)
    {
        var rows = new List<Row>(batch.Count);
        var seen = new HashSet<(Guid, long)>(batch.Count);
        foreach (var heartbeat in batch.Where(heartbeat => known.Contains(heartbeat.AgentId)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var sample in heartbeat.Samples)
            {
                var at = sample.At.ToUnixTimeMilliseconds();
                if (seen.Add((heartbeat.AgentId, at)))
                {
                    rows.Add(new Row(heartbeat.AgentId, at, sample.Schema, PackedValues.Pack(sample.Values)));
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

    private static async Task StoreAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, List<Row> rows, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await CopyAsync(connection, "samples", rows, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            await ExecuteAsync(connection, "CREATE TEMP TABLE staging (LIKE samples) ON COMMIT DROP", cancellationToken);
            await CopyAsync(connection, "staging", rows, cancellationToken);
            await ExecuteAsync(connection, "INSERT INTO samples SELECT * FROM staging ON CONFLICT DO NOTHING", cancellationToken);
        }
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string table, List<Row> rows, CancellationToken cancellationToken)
    {
        await using var writer = await connection.BeginBinaryImportAsync($"COPY {table} {Columns} FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in rows)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(row.AgentId, NpgsqlDbType.Uuid, cancellationToken);
            await writer.WriteAsync(row.At, NpgsqlDbType.Bigint, cancellationToken);
            await writer.WriteAsync(row.SchemaId, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(row.Values, NpgsqlDbType.Bytea, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct Row(Guid AgentId, long At, string SchemaId, byte[] Values);
}
