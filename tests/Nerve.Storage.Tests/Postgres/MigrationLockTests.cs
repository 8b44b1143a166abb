using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Time.Testing;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>A center that is upgraded while another one writes.</summary>
public sealed class MigrationLockTests
{
    private const string Insert =
        """INSERT INTO inventories ("AgentId", "CollectedAt", "Hash", "Document") VALUES (gen_random_uuid(), 1, 'hash', '{}')""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A migration waits for a long transaction; nobody else waits for the migration meanwhile.</summary>
    [Fact]
    public async Task Migrate_WhileSomebodyWrites_StopsNoOtherWriter()
    {
        var server = await PostgresServer.SharedAsync();
        var name = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        using (var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now)))
        {
            await using (var old = database.Open())
            {
                await old.Database.GetService<IMigrator>().MigrateAsync("RollUps", Cancel);
            }

            await using var slow = new NpgsqlConnection(server.ConnectionString(name));
            await slow.OpenAsync(Cancel);
            await using var transaction = await slow.BeginTransactionAsync(Cancel);
            await ExecuteAsync(slow, Insert);

            var migration = database.MigrateAsync(Cancel);
            await WaitsForTheSlowOneAsync(server.ConnectionString(name), migration);
            await server.ExecuteAsync($"SET lock_timeout = '3s'; {Insert}", name);

            await transaction.CommitAsync(Cancel);
            await migration.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Empty(await database.CheckAsync(Cancel));
        }

        await server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
    }

    private static async Task WaitsForTheSlowOneAsync(string database, Task migration)
    {
        await using var connection = new NpgsqlConnection(database); // another one, for within a transaction what the server is doing stands still
        await connection.OpenAsync(Cancel);
        await using var waits = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%create index%')", connection);
        for (var begun = TimeProvider.System.GetTimestamp(); await waits.ExecuteScalarAsync(Cancel) is not true;)
        {
            Assert.False(migration.IsCompleted || TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(30), "The migration did not wait.");
            await Task.Delay(20, Cancel);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
