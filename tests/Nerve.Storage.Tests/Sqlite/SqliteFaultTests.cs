using Microsoft.EntityFrameworkCore;
using Nerve.Server.Shared;
using Nerve.Storage.Contracts;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Storage.Tests.Sqlite;

/// <summary>What SQLite itself says when a write fails is understood.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nerve-sqlite-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("PRAGMA query_only=1", StoreFault.ReadOnly)]
    [InlineData("PRAGMA max_page_count=1", StoreFault.Full)] // of more than there are: the file may not grow
    public async Task FaultOf_AWriteThatTheEngineRefuses_IsItsReason(string limit, StoreFault expected)
    {
        using var database = new SqliteDatabase(Path.Combine(_folder.FullName, SqliteStorage.FileName));
        await database.MigrateAsync(Cancel);

        var failure = await Record.ExceptionAsync(() => database.WriteAsync(
            async context =>
            {
                await context.Database.ExecuteSqlRawAsync(limit, Cancel);
                context.Agents.AddRange(Enumerable.Range(0, 1000).Select(_ => Build.Agent()));
                await context.SaveChangesAsync(Cancel);
            },
            Cancel));

        Assert.Equal(expected, FaultIn(database, failure));
    }

    [Fact]
    public async Task FaultOf_AFileThatIsNoDatabase_IsDamage()
    {
        var file = Path.Combine(_folder.FullName, SqliteStorage.FileName);
        await File.WriteAllTextAsync(file, new string('x', 10_000), Cancel);
        using var database = new SqliteDatabase(file);

        var failure = await Record.ExceptionAsync(() => database.ReadAsync(context => context.Agents.CountAsync(Cancel)));

        Assert.Equal(StoreFault.Damaged, FaultIn(database, failure));
    }

    [Fact]
    public async Task FaultOf_AConflictOfValues_IsNone()
    {
        using var database = new SqliteDatabase(Path.Combine(_folder.FullName, SqliteStorage.FileName));
        await database.MigrateAsync(Cancel);
        var agent = Build.Agent();

        var failure = await Record.ExceptionAsync(() => database.WriteAsync(
            async context =>
            {
                context.Agents.Add(agent);
                await context.SaveChangesAsync(Cancel);
                context.ChangeTracker.Clear();
                context.Agents.Add(agent);
                await context.SaveChangesAsync(Cancel);
            },
            Cancel));

        Assert.NotNull(failure);
        Assert.Null(FaultIn(database, failure));
    }

    private static StoreFault? FaultIn(SqliteDatabase database, Exception? failure) =>
        failure is null ? null : database.FaultOf(failure) ?? FaultIn(database, failure.InnerException);
}
