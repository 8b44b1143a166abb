using Nerve.Bench.Baselines;
using Nerve.Bench.Programs;
using Nerve.Storage.EfCore.Postgres;
using Npgsql;

namespace Nerve.Bench.Engines;

internal sealed record PostgresEngine : Engine
{
    private const string OfTheSite = "site";
    private const string OfThisProcess = "own";

    private readonly PrivatePostgres _server;

    private PostgresEngine(PrivatePostgres server, BareLoop bare)
        : base("PostgreSQL", 20_000, bare, "COPY", SiteOn(server), new PostgresDatabase(server.UrlOf(OfThisProcess), TimeProvider.System)) =>
        _server = server;

    public static async Task<PostgresEngine> StartAsync(int agents, int values, CancellationToken cancellationToken)
    {
        var server = await PrivatePostgres.StartAsync(cancellationToken);
        foreach (var database in (string[])["bare", OfTheSite, OfThisProcess])
        {
            await server.CreateDatabaseAsync(database, cancellationToken);
        }

        return new PostgresEngine(server, await BareCopy.OpenAsync(server.ConnectionString("bare"), agents, values, cancellationToken));
    }

    public override async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(_server.ConnectionString(OfTheSite));
        await using var count = source.CreateCommand("SELECT count(*) FROM samples");
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static Site SiteOn(PrivatePostgres server) =>
        new(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = server.UrlOf(OfTheSite) });
}
