using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>The hot path: three prepared statements in one transaction, past the change tracker.</summary>
internal sealed class SqliteHeartbeatStore(SqliteDatabase database) : IHeartbeatStore
{
    private const string Touch = "UPDATE agents SET LastSeenAt = max(coalesce(LastSeenAt, 0), $at) WHERE Id = $agent";
    private const string Mark =
        "INSERT INTO stale_hours (AgentId, Hour, MarkedAt) VALUES ($agent, $hour, $at) ON CONFLICT DO UPDATE SET MarkedAt = max(MarkedAt, excluded.MarkedAt)";

    public Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlySet<Guid>>(
            async context =>
            {
                var connection = (SqliteConnection)context.Database.GetDbConnection();
                var transaction = (SqliteTransaction)context.Database.CurrentTransaction!.GetDbTransaction();
                await using var touch = new SqliteCommand(Touch, connection, transaction);
                await using var insert = new SampleInsert(context);
                await using var mark = new SqliteCommand(Mark, connection, transaction);
                var unknown = new HashSet<Guid>();
                foreach (var heartbeat in batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (await TouchAsync(touch, heartbeat, cancellationToken))
                    {
                        foreach (var sample in heartbeat.Samples)
                        {
                            await insert.AddAsync(heartbeat.AgentId, sample.At, sample.Schema, PackedValues.Pack(sample.Values), cancellationToken);
                        }

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
