using Microsoft.Data.Sqlite;
using Nerve.Bench.Baselines;
using Nerve.Bench.Programs;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Bench.Engines;

internal sealed record SqliteEngine : Engine
{
    private SqliteEngine(BareLoop bare, Site site, Database database)
        : base("SQLite", 5000, bare, "prepared inserts", site, database)
    {
    }

    public static async Task<SqliteEngine> StartAsync(int agents, int values, CancellationToken cancellationToken)
    {
        var site = new Site();
        var bare = await BareInserts.OpenAsync(site.At("bare.db"), agents, values, cancellationToken);
        return new SqliteEngine(bare, site, new SqliteDatabase(site.At("own.db")));
    }

    public override async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Site.Data, SqliteStorage.FileName)};Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var count = new SqliteCommand("SELECT count(*) FROM samples", connection);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}
