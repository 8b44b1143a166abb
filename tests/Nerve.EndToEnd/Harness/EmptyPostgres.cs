using Nerve.Storage.Tests.Postgres;
using Npgsql;

namespace Nerve.EndToEnd.Harness;

/// <summary>A new database of PostgreSQL, looked at from outside.</summary>
internal sealed class EmptyPostgres
{
    private readonly PostgresServer _server;
    private readonly string _name = $"nerve_{Guid.NewGuid():N}";

    private EmptyPostgres(PostgresServer server) => _server = server;

    /// <summary>With user and password.</summary>
    public string Url => _server.UrlOf(_name);

    /// <summary>Skips the test where there is no server, and fails it where there must be one.</summary>
    public static async Task<EmptyPostgres> CreateAsync()
    {
        var database = new EmptyPostgres(await PostgresServer.SharedAsync());
        await database._server.ExecuteAsync($"CREATE DATABASE {database._name}");
        return database;
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server.ConnectionString(_name));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
