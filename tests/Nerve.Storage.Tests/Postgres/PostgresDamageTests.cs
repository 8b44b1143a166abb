using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Inventories;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>Bytes of a table that somebody, or a disk, has overwritten.</summary>
public sealed class PostgresDamageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("inventories", "the table inventories cannot be read: invalid page in block 1 of relation")]
    [InlineData("\"IX_inventories_CollectedAt\"", "invalid page in block 1 of relation")]
    public async Task Check_APageThatWasOverwritten_IsFound(string damaged, string expected)
    {
        var (server, whole) = await PostgresStores.CreateAsync();
        using (var database = new PostgresDatabase(server.UrlOf(whole), new FakeTimeProvider(Build.Now)))
        {
            await database.ImportAsync<InventorySnapshot>([.. Enumerable.Range(0, 500).Select(i => new InventorySnapshot(Build.Id(), Build.Now, "hash", $"{i}"))], Cancel);
            await server.ExecuteAsync("CREATE EXTENSION amcheck", whole); // in the package of the server; its check finds what nobody reads
            Assert.Empty(await database.CheckAsync(Cancel));
        }

        NpgsqlConnection.ClearAllPools();
        var copy = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {copy} TEMPLATE {whole} STRATEGY file_copy"); // of its pages the server has none in memory
        await OverwriteAsync(server.ConnectionString(copy), damaged);
        using (var database = new PostgresDatabase(server.UrlOf(copy), new FakeTimeProvider(Build.Now)))
        {
            Assert.Contains(
                await database.CheckAsync(Cancel),
                line => line.StartsWith(expected, StringComparison.Ordinal));
        }

        await server.ExecuteAsync($"DROP DATABASE {copy} WITH (FORCE)");
        await server.ExecuteAsync($"DROP DATABASE {whole} WITH (FORCE)");
    }

    private static async Task OverwriteAsync(string database, string table)
    {
        const int Page = 8192;
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancel);
        await using var where = new NpgsqlCommand($"SELECT current_setting('data_directory') || '/' || pg_relation_filepath('{table}')", connection);
        var path = (string)(await where.ExecuteScalarAsync(Cancel))!;
        Assert.SkipUnless(File.Exists(path), "The server's files are on another machine.");
        await using var file = File.OpenWrite(path);
        file.Position = Page;
        await file.WriteAsync(Enumerable.Repeat((byte)0xA5, 64).ToArray(), Cancel);
    }
}
