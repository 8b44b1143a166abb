using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;
using Nerve.Storage.Tests.Postgres;

namespace Nerve.Storage.Tests.Upgrades;

/// <summary>From every schema there has been to the last, with rows in every table.</summary>
public sealed class UpgradeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-upgrade-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> SqliteSchemas => Schemas(new SqliteDatabase("unused"));

    public static TheoryData<string> PostgresSchemas => Schemas(new PostgresDatabase("postgres://localhost/unused", TimeProvider.System));

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(SqliteSchemas))]
    public async Task Migrate_FromThisSchemaOfSqlite_KeepsEverything(string schema)
    {
        using var database = new SqliteDatabase(Path.Combine(_folder.FullName, SqliteStorage.FileName));
        await UpgradeAsync(database, schema);
    }

    [Theory]
    [MemberData(nameof(PostgresSchemas))]
    public async Task Migrate_FromThisSchemaOfPostgres_KeepsEverything(string schema)
    {
        var server = await PostgresServer.SharedAsync();
        var name = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        using (var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now)))
        {
            await UpgradeAsync(database, schema);
        }

        await server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
    }

    private static async Task UpgradeAsync(Database database, string schema)
    {
        IReadOnlyList<string> tables;
        await using (var old = database.Open())
        {
            await old.Database.GetService<IMigrator>().MigrateAsync(schema, Cancel);
            tables = await OldFleet.WriteAsync(old, Cancel);
        }

        await database.MigrateAsync(Cancel);

        await using (var now = database.Open())
        {
            Assert.Equal(database.Schema, (await now.Database.GetAppliedMigrationsAsync(Cancel)).Last());
            foreach (var table in tables)
            {
                Assert.True(await OldFleet.CountAsync(now, table, Cancel) > 0, $"{table} is empty");
            }
        }

        await StoresReadItAsync(database);
        Assert.Empty(await database.CheckAsync(Cancel));
    }

    private static async Task StoresReadItAsync(Database database)
    {
        var services = new ServiceCollection();
        database.AddStores(services);
        await using var provider = services.BuildServiceProvider();
        var stores = new TestStores(provider);

        var agent = await stores.Agents.FindAsync(OldFleet.Agent, Cancel);
        Assert.Equal(("gpu-1", "a", "EPYC"), (agent!.Hostname, agent.ReportedLabels["zone"], agent.Facts.CpuModel));
        Assert.Equal("first", (await stores.Users.FindAsync("ada", Cancel))!.Stamp);
        Assert.NotNull(await stores.Tokens.FindApiTokenAsync("secret-1", Cancel));
        Assert.Equal(1, (await stores.Tokens.FindEnrolTokenAsync("secret-2", Cancel))!.Uses);
        Assert.Equal("""{"schema":1}""", (await stores.Inventories.LatestAsync(OldFleet.Agent, Cancel))!.Document);
        Assert.Equal([1.5, null], (await stores.Metrics.LatestAsync(OldFleet.Agent, Cancel))!.Values);
        Assert.Equal(OldFleet.Task, Assert.Single((await stores.Tasks.ListAsync(null, "nvidia-smi", null, 10, Cancel)).Tasks).Id);
        Assert.Equal(OldFleet.Run, Assert.Single(await stores.Tasks.OpenRunsAsync(OldFleet.Agent, 10, Cancel)).Id);
        Assert.Equal([0, 1, 255], Assert.Single(await stores.Tasks.ReadOutputAsync(OldFleet.Run, 0, 100, Cancel)).Data);
        Assert.NotEmpty(await stores.RollUps.StaleAsync(DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, 10, Cancel));
    }

    private static TheoryData<string> Schemas(Database database)
    {
        using (database)
        {
            using var context = database.Open();
            return [.. context.Database.GetMigrations()];
        }
    }
}
