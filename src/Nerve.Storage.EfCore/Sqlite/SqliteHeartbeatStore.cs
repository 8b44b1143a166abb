using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Nerve.Protocol.Metrics;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>The hot path: three prepared statements in one transaction, past the change tracker.</summary>
internal sealed class SqliteHeartbeatStore(SqliteDatabase database) : IHeartbeatStore
{
    private const string Touch = "UPDATE agents SET LastSeenAt = max(coalesce(LastSeenAt, 0), $at) WHERE Id = $agent";
    private const string Insert = "INSERT OR IGNORE INTO samples (AgentId, At, SchemaId, \"Values\") VALUES ($agent, $at, $schema, $values)";
    private const string Mark =
        "INSERT INTO stale_hours (AgentId, Hour, MarkedAt) VALUES ($agent, $hour, $at) ON CONFLICT DO UPDATE SET MarkedAt = max(MarkedAt, excluded.MarkedAt)";

    public Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlySet<Guid>>(
            async context =>
            {
                var connection = (SqliteConnection)context.Database.GetDbConnection();
                var transaction = (SqliteTransaction)context.Database.CurrentTransaction!.GetDbTransaction();
                await using var touch = new SqliteCommand(Touch, connection, transaction);
                await using var insert = new SqliteCommand(Insert, connection, transaction);
                await using var mark = new SqliteCommand(Mark, connection, transaction);
                var unknown = new HashSet<Guid>();
                foreach (var heartbeat in batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (await TouchAsync(touch, heartbeat, cancellationToken))
                    {
                        await InsertAsync(insert, heartbeat, cancellationToken);
                        await MarkAsync(mark, heartbeat, cancellationToken);
                    }
                    else
                    {
                        unknown.Add(heartbeat.AgentId);
                    }
                }

                return unknown;
            },
            cancellationToken);

    private static async Task<bool> TouchAsync(SqliteCommand command, HeartbeatWrite heartbeat, CancellationToken cancellationToken)
    {
        Set(command, "$agent", heartbeat.AgentId);
        Set(command, "$at", heartbeat.At.ToUnixTimeMilliseconds());
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static async Task InsertAsync(SqliteCommand command, HeartbeatWrite heartbeat, CancellationToken cancellationToken)
    {
        foreach (MetricSample sample in heartbeat.Samples)
        {
            Set(command, "$agent", heartbeat.AgentId);
            Set(command, "$at", sample.At.ToUnixTimeMilliseconds());
            Set(command, "$schema", sample.Schema);
            Set(command, "$values", PackedValues.Pack(sample.Values));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task MarkAsync(SqliteCommand command, HeartbeatWrite heartbeat, CancellationToken cancellationToken)
    {
        foreach (var stale in heartbeat.StaleHours)
        {
            Set(command, "$agent", stale.AgentId);
            Set(command, "$hour", stale.Hour.ToUnixTimeMilliseconds());
            Set(command, "$at", stale.MarkedAt.ToUnixTimeMilliseconds());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static void Set(SqliteCommand command, string name, object value)
    {
        if (command.Parameters.Contains(name))
        {
            command.Parameters[name].Value = value;
        }
        else
        {
            command.Parameters.AddWithValue(name, value);
        }
    }
}
