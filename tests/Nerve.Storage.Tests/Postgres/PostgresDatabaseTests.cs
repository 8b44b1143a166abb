using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Postgres;
using Npgsql;

namespace Nerve.Storage.Tests.Postgres;

/// <summary>The database itself: reaching it, its schema, its days.</summary>
public sealed class PostgresDatabaseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nonsense", "is not a PostgreSQL URL")]
    [InlineData("mysql://nerve:hidden@db/nerve", "is not a PostgreSQL URL")]
    [InlineData("postgres://nerve:hidden@db", "names no database")]
    [InlineData("postgres:///nerve", "names no host")]
    [InlineData("postgres://nerve:hidden@db/nerve?sslmode=sometimes", "the parameter 'sslmode'")]
    [InlineData("postgres://nerve:hidden@db/nerve?colour=hidden", "the parameter 'colour'")]
    public void UrlProblem_ABadUrl_SaysWhyWithoutSecrets(string url, string reason)
    {
        var problem = PostgresDatabase.UrlProblem(url);

        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EveryPart_IsUnderstoodAsLibpqDoes()
    {
        var parsed = PostgresUrl.Parse("postgresql://n%40me:p%3Ass%2Fw@[::1]:6432/my%20db?sslmode=verify-full&connect_timeout=7&application_name=x");

        Assert.Equal(
            ("n@me", "p:ss/w", "::1", 6432, "my db", SslMode.VerifyFull, 7, "x"),
            (parsed.Username, parsed.Password, parsed.Host, parsed.Port, parsed.Database, parsed.SslMode, parsed.Timeout, parsed.ApplicationName));
    }

    [Fact]
    public async Task Migrate_WrongPassword_SaysSoWithoutIt()
    {
        var server = await PostgresServer.SharedAsync();
        var url = new UriBuilder(server.UrlOf("postgres")) { Password = "not-the-password" }.Uri.ToString();

        var problem = await ProblemAsync(url);

        Assert.Contains("password authentication failed", problem, StringComparison.Ordinal);
        Assert.Contains("Check user and password", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-password", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_NoSuchDatabase_SaysHowToCreateIt()
    {
        var server = await PostgresServer.SharedAsync();

        var problem = await ProblemAsync(server.UrlOf("nowhere"));

        Assert.Contains("\"nowhere\" does not exist", problem, StringComparison.Ordinal);
        Assert.Contains("createdb", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_NobodyListens_SaysWhereItLooked()
    {
        var problem = await ProblemAsync("postgres://nerve:hidden@127.0.0.1:1/nerve");

        Assert.Contains("postgres://127.0.0.1:1/nerve cannot be reached", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_ADatabaseFromTheFuture_SaysSo()
    {
        var (server, name) = await PostgresStores.CreateAsync();
        await server.ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('20990101000000_Future', '99.0')", name);

        var problem = await ProblemAsync(server.UrlOf(name));

        Assert.Contains("newer than this program", problem, StringComparison.Ordinal);
        Assert.Contains("20990101000000_Future", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_AReadOnlyDatabase_SaysSo()
    {
        var server = await PostgresServer.SharedAsync();
        var name = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        await server.ExecuteAsync($"ALTER DATABASE {name} SET default_transaction_read_only = on");

        Assert.Contains("It only reads", await ProblemAsync(server.UrlOf(name)), StringComparison.Ordinal);
    }

    /// <summary>A migration may take as long as it likes; its context is used again afterwards.</summary>
    [Fact]
    public async Task Open_AfterTheMigration_CommandsHaveTheirLimitOfTimeAgain()
    {
        var server = await PostgresServer.SharedAsync();
        var name = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");
        using var database = new PostgresDatabase(server.UrlOf(name), new FakeTimeProvider(Build.Now));
        await database.MigrateAsync(Cancel);

        await using var context = database.Open();

        Assert.True(context.ContextId.Lease > 1, "It is a new one.");
        Assert.Null(context.Database.GetCommandTimeout());
    }

    [Fact]
    public async Task Migrate_ByManyAtOnce_AllSucceed()
    {
        var server = await PostgresServer.SharedAsync();
        var name = PostgresStores.NewName();
        await server.ExecuteAsync($"CREATE DATABASE {name}");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                using var database = Database(server.UrlOf(name));
                await database.MigrateAsync(Cancel);
            },
            Cancel)));

        using var migrated = Database(server.UrlOf(name));
        Assert.Empty(await migrated.CheckAsync(Cancel));
    }

    [Fact]
    public async Task Check_AnOutputThatLostAPiece_IsFound()
    {
        await using var stores = await PostgresStores.OpenAsync();
        var database = (PostgresDatabase)stores.Services.GetService(typeof(PostgresDatabase))!;
        var task = Build.Task();
        var run = Build.Run(task);
        await stores.Tasks.AddAsync(task, [run], Cancel);
        await stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 0, [1, 2]), Cancel);
        await stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 2, [3]), Cancel);
        Assert.Empty(await database.CheckAsync(Cancel));

        await database.WriteAsync(
            context => Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(
                context.Database, "DELETE FROM run_outputs WHERE \"Offset\" = 0", Cancel),
            Cancel);

        Assert.Contains(run.Id.ToString(), Assert.Single(await database.CheckAsync(Cancel)), StringComparison.Ordinal);
    }

    private static PostgresDatabase Database(string url) => new(url, new FakeTimeProvider(Build.Now));

    private static async Task<string> ProblemAsync(string url)
    {
        using var database = Database(url);
        return (await Assert.ThrowsAsync<DatabaseException>(() => database.MigrateAsync(Cancel))).Message;
    }
}
