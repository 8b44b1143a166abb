using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using static SQLitePCL.raw;

namespace Nerve.Storage.EfCore.Sqlite;

/// <summary>The embedded database: one file in write-ahead mode. Readers are never blocked; writers queue here instead of spinning on the file.</summary>
public sealed class SqliteDatabase : Database
{
    private readonly PooledDbContextFactory<SqliteNerveDbContext> _contexts;
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writer = new(1, 1);

    public SqliteDatabase(string path)
    {
        Path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30, ForeignKeys = true }.ToString();
        var options = new DbContextOptionsBuilder<SqliteNerveDbContext>()
            .UseSqlite(_connectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)) // a test says it sooner
            .AddInterceptors(new SqlitePragmas())
            .Options;
        _contexts = new PooledDbContextFactory<SqliteNerveDbContext>(options, ContextsKept);
    }

    public string Path { get; }

    public override string Name => Path;

    public override int? ComfortableAgents => 500;

    public override NerveDbContext Open() => _contexts.CreateDbContext();

    public override void AddStores(IServiceCollection services)
    {
        base.AddStores(services);
        services.AddSingleton(this);
        services.AddSingleton<IHeartbeatStore, SqliteHeartbeatStore>();
        services.AddSingleton<IMetricStore, SqliteMetricStore>();
    }

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
    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var alone = await MigrationLock.TakeAsync(Path, cancellationToken);
            EnsureFile();
            await using var context = Open();
            var current = await SchemaVersion.IsCurrentAsync(context, Path, cancellationToken);
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
            if (!current)
            {
                await context.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
                await context.Database.MigrateAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception);
        }
    }

    /// <remarks>Opening a file that is not there would make one.</remarks>
    public override async Task<bool> IsCurrentAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Path))
        {
            return false;
        }

        try
        {
            await using var context = Open();
            return await SchemaVersion.IsCurrentAsync(context, Path, cancellationToken);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(exception);
        }
    }

    /// <summary>What SQLite's own checks find wrong; empty when all is well.</summary>
    public override async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) =>
    [
        .. (await FindAsync("SELECT integrity_check AS Value FROM pragma_integrity_check", cancellationToken)).Where(line => line != "ok"),
        .. await FindAsync(
            "SELECT \"table\" || ' row ' || rowid || ' refers to a missing ' || parent AS Value FROM pragma_foreign_key_check", cancellationToken),
        .. await FindAsync(
            """
            SELECT 'the output of run ' || lower(o.RunId) || ' ends at ' || sum(length(o.Data)) || ', not at ' || r.StoredBytes AS Value
            FROM run_outputs o JOIN runs r ON r.Id = o.RunId GROUP BY o.RunId HAVING sum(length(o.Data)) <> r.StoredBytes LIMIT 10
            """,
            cancellationToken),
    ];

    /// <remarks>The result codes of https://sqlite.org/rescode.html.</remarks>
    public override StoreFault? FaultOf(Exception exception) => (exception as SqliteException)?.SqliteErrorCode switch
    {
        SQLITE_READONLY => StoreFault.ReadOnly,
        SQLITE_FULL => StoreFault.Full,
        SQLITE_CORRUPT or SQLITE_NOTADB => StoreFault.Damaged,
        SQLITE_BUSY or SQLITE_LOCKED or SQLITE_IOERR or SQLITE_CANTOPEN => StoreFault.Away,
        _ => null,
    };

    protected override async Task AddSamplesAsync(NerveDbContext context, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        await using var insert = new SampleInsert(context);
        foreach (var row in rows)
        {
            await insert.AddAsync(row.AgentId, row.At, row.SchemaId, row.Values, cancellationToken);
        }
    }

    internal override async Task SetStatusesAsync(NerveDbContext context, IReadOnlyList<StatusChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            await context.Agents.Where(agent => agent.Id == change.AgentId).ExecuteUpdateAsync(
                update => update.SetProperty(agent => agent.Status, change.Status).SetProperty(agent => agent.StatusSince, change.At),
                cancellationToken);
        }
    }

    internal override Task AddRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        SqliteRuns.AddAsync(context, runs, cancellationToken);

    internal override Task UpdateRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        SqliteRuns.UpdateAsync(context, runs, cancellationToken);

    internal override Task AddOutputsAsync(NerveDbContext context, IReadOnlyList<OutputRow> pieces, CancellationToken cancellationToken) =>
        SqliteOutputs.AddAsync(context, pieces, cancellationToken);

    internal override Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken) =>
        SqliteOutputs.SetStoredAsync(context, lengths, cancellationToken);

    /// <remarks>Deferred, for any other transaction of SQLite is a writer's; its moment is that of the first read.</remarks>
    protected override Task<IDbContextTransaction> BeginSnapshotAsync(NerveDbContext context, CancellationToken cancellationToken)
    {
        var transaction = Begin((SqliteConnection)context.Database.GetDbConnection());
        return context.Database.UseTransactionAsync(transaction, cancellationToken)!;

        static SqliteTransaction Begin(SqliteConnection connection) => connection.BeginTransaction(deferred: true);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writer.Dispose();
            using var connection = new SqliteConnection(_connectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    /// <summary>Opens the file only to make it: closing it would drop the locks that SQLite holds on it for this process.</summary>
    private void EnsureFile()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (File.Exists(Path))
        {
            File.SetUnixFileMode(Path, OwnerOnly);
            return;
        }

        new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }).Dispose();
    }

    private async Task<IReadOnlyList<string>> FindAsync(string check, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(context => context.Database.SqlQueryRaw<string>(check).ToListAsync(cancellationToken));
        }
        catch (SqliteException damage)
        {
            return [damage.Message];
        }
    }

    private DatabaseException Unusable(Exception exception) =>
        new($"The database {Path} cannot be opened: {exception.Message} Check the file's owner and the disk, or restore a backup.", exception);
}
