using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>The embedded database: one file in write-ahead mode. Readers are never blocked; writers queue here instead of spinning on the file.</summary>
public sealed class SqliteDatabase : Database
{
    private readonly DbContextOptions<SqliteNerveDbContext> _options;
    private readonly SemaphoreSlim _writer = new(1, 1);

    public SqliteDatabase(string path)
    {
        Path = path;
        var connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30, ForeignKeys = true };
        _options = new DbContextOptionsBuilder<SqliteNerveDbContext>()
            .UseSqlite(connection.ToString())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new SqlitePragmas())
            .Options;
    }

    public string Path { get; }

    public override NerveDbContext Open() => new SqliteNerveDbContext(_options);

    public override async Task<T> WriteAsync<T>(Func<NerveDbContext, Task<T>> write, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            return await InTransactionAsync(write, cancellationToken);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Creates the file, readable by its owner only, and brings its schema up to date.</summary>
    /// <exception cref="DatabaseException">The database cannot be used; the text says why and what to do.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!File.Exists(Path))
            {
                await File.Create(Path, 1, FileOptions.None).DisposeAsync();
            }

            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await using var context = Open();
            await SchemaVersion.EnsureNotNewerAsync(context, Path, cancellationToken);
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
            await context.Database.MigrateAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException(
                $"The database {Path} cannot be opened: {exception.Message} Check the file's owner and the disk, or restore a backup.", exception);
        }
    }

    /// <summary>What SQLite's own checks find wrong; empty when all is well.</summary>
    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<string>>(async context =>
        {
            var integrity = await context.Database.SqlQueryRaw<string>("SELECT integrity_check AS Value FROM pragma_integrity_check")
                .ToListAsync(cancellationToken);
            var references = await context.Database
                .SqlQueryRaw<string>("SELECT \"table\" || ' row ' || rowid || ' refers to a missing ' || parent AS Value FROM pragma_foreign_key_check")
                .ToListAsync(cancellationToken);
            return [.. integrity.Where(line => line != "ok"), .. references];
        });

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writer.Dispose();
            SqliteConnection.ClearAllPools();
        }
    }
}
