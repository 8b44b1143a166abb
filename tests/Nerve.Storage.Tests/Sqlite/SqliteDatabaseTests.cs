using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Storage.Tests.Sqlite;

/// <summary>The file itself: who may read it, what happens when it is not what it should be.</summary>
public sealed class SqliteDatabaseTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-sqlite-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, SqliteStorage.FileName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Migrate_NewFile_IsReadableByItsOwnerOnlyAndInWriteAheadMode()
    {
        using var database = await MigrateAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal("wal", await ScalarAsync("PRAGMA journal_mode"));
        Assert.Empty(await database.CheckAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_Again_KeepsTheData()
    {
        using (var first = await MigrateAsync())
        {
            await first.WriteAsync(context => Add(context), Cancel);
        }

        using var second = await MigrateAsync();

        Assert.Equal(1, await second.ReadAsync(context => context.Users.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Migrate_ByTwoAtOnce_BothSucceed()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(MigrateAsync, Cancel)));

        foreach (var database in databases)
        {
            database.Dispose();
        }
    }

    /// <summary>Entity Framework's lock row stays behind when a process is killed in mid-migration.</summary>
    [Fact]
    public async Task Migrate_AfterAKillInMidMigration_DoesNotWaitForTheDead()
    {
        await ExecuteAsync(
            """
            CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00');
            """);

        using var database = await MigrateAsync().WaitAsync(TimeSpan.FromMinutes(1), Cancel);

        Assert.Equal(0, await database.ReadAsync(context => context.Users.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Migrate_ADatabaseFromTheFuture_SaysSoAndLeavesIt()
    {
        (await MigrateAsync()).Dispose();
        await ExecuteAsync("INSERT INTO __EFMigrationsHistory VALUES ('20990101000000_Future', '99.0')");

        var problem = await Assert.ThrowsAsync<DatabaseException>(MigrateAsync);

        Assert.Contains(File, problem.Message, StringComparison.Ordinal);
        Assert.Contains("newer than this program", problem.Message, StringComparison.Ordinal);
        Assert.Contains("20990101000000_Future", problem.Message, StringComparison.Ordinal);
        Assert.Equal("20990101000000_Future", await ScalarAsync("SELECT max(MigrationId) FROM __EFMigrationsHistory"));
    }

    [Fact]
    public async Task Migrate_NotADatabase_SaysSoAndLeavesIt()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 10_000), Cancel);

        var problem = await Assert.ThrowsAsync<DatabaseException>(MigrateAsync);

        Assert.Contains(File, problem.Message, StringComparison.Ordinal);
        Assert.Contains("file is not a database", problem.Message, StringComparison.Ordinal);
        Assert.Equal(10_000, new FileInfo(File).Length);
    }

    [Theory]
    [InlineData("/proc/nerve.db")]
    [InlineData("/dev/null/nerve.db")]
    [InlineData("/nowhere-at-all/nerve.db")]
    public async Task Migrate_AFolderThatCannotBeWritten_SaysSo(string path)
    {
        using var database = new SqliteDatabase(path);

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => database.MigrateAsync(Cancel));

        Assert.Contains(path, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Check the file's owner", problem.Message, StringComparison.Ordinal);
    }

    /// <summary>As left by the first schema; searching must find what was stored before there was a column for it.</summary>
    [Fact]
    public async Task Migrate_FromTheFirstSchema_FillsTheSearchText()
    {
        using (var old = new SqliteDatabase(File))
        {
            await using var context = old.Open();
            await context.Database.MigrateAsync("20261124003428_Initial", Cancel);
        }

        await ExecuteAsync(
            """
            INSERT INTO tasks VALUES ('019A0000-0000-7000-8000-000000000001', 0, 'Näme',
                '{"command":"/bin/sh","args":["-c","nvidia-smi \u9A71"],"env":{},"timeoutSeconds":60,"outputLimitBytes":1}',
                '{"agents":null,"all":true}', 3600, 0, 0, 'ada', 0, NULL, NULL, NULL)
            """);

        using var database = await MigrateAsync();

        Assert.Equal("Näme\n/bin/sh\n-c\nnvidia-smi 驱\n", await ScalarAsync("SELECT Words FROM tasks"));
    }

    [Fact]
    public async Task Check_AnOutputThatLostAPiece_IsFound()
    {
        await using var stores = await SqliteStores.OpenAsync();
        var database = (SqliteDatabase)stores.Services.GetService(typeof(SqliteDatabase))!;
        var task = Build.Task();
        var run = Build.Run(task);
        await stores.Tasks.AddAsync(task, [run], Cancel);
        await stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 0, [1, 2]), Cancel);
        await stores.Tasks.AppendOutputAsync(Build.Output(run.Id, 2, [3]), Cancel);
        Assert.Empty(await database.CheckAsync(Cancel));

        await database.WriteAsync(context => context.Database.ExecuteSqlRawAsync("DELETE FROM run_outputs WHERE \"Offset\" = 0", Cancel), Cancel);

        Assert.Equal($"the output of run {run.Id} ends at 1, not at 3", Assert.Single(await database.CheckAsync(Cancel)));
    }

    [Fact]
    public async Task Check_ADamagedPage_IsFound()
    {
        using (var database = await MigrateAsync())
        {
            for (var i = 0; i < 200; i++)
            {
                await database.WriteAsync(context => Add(context, $"user-{i}"), Cancel);
            }
        }

        await ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        await using (var file = System.IO.File.OpenWrite(File))
        {
            file.Position = file.Length - 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xAA, 4096).ToArray(), Cancel);
        }

        using var damaged = new SqliteDatabase(File);
        Assert.NotEmpty(await damaged.CheckAsync(Cancel));
    }

    [Fact]
    public async Task Read_WhileAWriterIsInMidTransaction_IsNotBlockedAndSeesTheStateBefore()
    {
        using var database = await MigrateAsync();
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writer = database.WriteAsync(
            async context =>
            {
                await Add(context);
                written.SetResult();
                await finish.Task;
            },
            Cancel);
        await written.Task;

        var before = await database.ReadAsync(context => context.Users.CountAsync(Cancel)).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.False(writer.IsCompleted);
        finish.SetResult();
        await writer;

        Assert.Equal(0, before);
        Assert.Equal(1, await database.ReadAsync(context => context.Users.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Write_WhileAnotherProcessWrites_WaitsForIt()
    {
        using var database = await MigrateAsync();
        await using var other = new SqliteConnection($"Data Source={File}");
        await other.OpenAsync(Cancel);
        await using var transaction = other.BeginTransaction(deferred: false);

        var waiting = Task.Run(() => database.WriteAsync(context => Add(context), Cancel), Cancel);
        await Task.Delay(200, Cancel);
        Assert.False(waiting.IsCompleted);
        await transaction.CommitAsync(Cancel);

        await waiting;
    }

    private static Task Add(NerveDbContext context, string name = "ada")
    {
        context.Users.Add(Build.User(name));
        return context.SaveChangesAsync(Cancel);
    }

    private async Task<SqliteDatabase> MigrateAsync()
    {
        var database = new SqliteDatabase(File);
        try
        {
            await database.MigrateAsync(Cancel);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private Task ExecuteAsync(string sql) => ScalarAsync(sql);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(Cancel);
    }
}
