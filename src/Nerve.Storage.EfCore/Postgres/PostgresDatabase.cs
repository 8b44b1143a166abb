using System.Data;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Portable;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Npgsql;

namespace Nerve.Storage.EfCore.Postgres;

/// <summary>A PostgreSQL database, 15 or later. Many writers at once; rows that are read to be changed are locked.</summary>
public sealed class PostgresDatabase : Database
{
    private const int OldestVersion = 15;
    private const int MostAttempts = 5;

    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlDataSource _source;
    private readonly PooledDbContextFactory<PostgresNerveDbContext> _contexts;
    private readonly TimeProvider _time;

    /// <param name="url">A libpq connection URI.</param>
    /// <param name="time">Decides for which days there are partitions.</param>
    /// <exception cref="DatabaseException">The URL is none.</exception>
    public PostgresDatabase(string url, TimeProvider time)
    {
        var connection = PostgresUrl.Parse(url);
        Name = $"postgres://{connection.Host}:{connection.Port}/{connection.Database}";
        _time = time;
        _source = NpgsqlDataSource.Create(connection);
        var options = new DbContextOptionsBuilder<PostgresNerveDbContext>()
            .UseNpgsql(_source)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)) // a test says it sooner
            .Options;
        _contexts = new PooledDbContextFactory<PostgresNerveDbContext>(options, ContextsKept);
        Partitions = new SamplePartitions(_source);
    }

    public override string Name { get; }

    internal SamplePartitions Partitions { get; }

    /// <summary>Null for a good URL, else why it is not, without any part of it that may be secret.</summary>
    public static string? UrlProblem(string url) => PostgresUrl.Problem(url);

    public override NerveDbContext Open() => _contexts.CreateDbContext();

    public override void AddStores(IServiceCollection services)
    {
        base.AddStores(services);
        services.AddSingleton(this);
        services.AddSingleton<IHeartbeatStore, PostgresHeartbeatStore>();
        services.AddSingleton<IMetricStore>(new PostgresMetricStore(this, _time));
    }

    /// <remarks>Two writers that lock each other out are not an error of either: PostgreSQL ends one, which begins again.</remarks>
    public override async Task<T> WriteAsync<T>(Func<NerveDbContext, Task<T>> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await InTransactionAsync(write, cancellationToken);
            }
            catch (Exception exception) when (attempt < MostAttempts && IsLostRace(exception))
            {
            }
        }
    }

    public override Task MigrateAsync(CancellationToken cancellationToken) => ExplainAsync(async () =>
    {
        await using var context = Open();
        await EnsureVersionAsync(cancellationToken);
        if (!await SchemaVersion.IsCurrentAsync(context, Name, cancellationToken))
        {
            await MigrateAloneAsync(context, cancellationToken);
        }

        await Partitions.PrepareAllAsync(_time.GetUtcNow(), cancellationToken);
        return true;
    });

    public override Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => ExplainAsync(async () =>
    {
        await using var context = Open();
        await EnsureVersionAsync(cancellationToken);
        return await SchemaVersion.IsCurrentAsync(context, Name, cancellationToken);
    });

    public override Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) =>
        ExplainAsync(() => PostgresCheck.RunAsync(_source, cancellationToken));

    /// <remarks>A fleet that moves in brings its past: each of its days gets its table before, for what lies in none expires row by row.</remarks>
    public override async Task ImportAsync<T>(IReadOnlyList<T> records, CancellationToken cancellationToken)
    {
        if (records is IReadOnlyList<StoredSample> samples)
        {
            await Partitions.PrepareDaysAsync(samples.Select(sample => sample.At), _time.GetUtcNow(), cancellationToken);
        }

        await base.ImportAsync(records, cancellationToken);
    }

    public override StoreFault? FaultOf(Exception exception) => exception is PostgresException { SqlState: var state }
        ? state switch
        {
            PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InsufficientPrivilege => StoreFault.ReadOnly,
            PostgresErrorCodes.DiskFull => StoreFault.Full,
            PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => StoreFault.Damaged,
            PostgresErrorCodes.IoError => StoreFault.Away,
            _ => null, // the driver knows which of the others pass
        }
        : null;

    /// <remarks>The link was lost, or (class 57) the server went down. What it answers otherwise says that nothing was kept.</remarks>
    protected override bool IsUncertain(Exception failedCommit) => failedCommit is PostgresException answer
        ? answer.SqlState.StartsWith("57", StringComparison.Ordinal)
        : failedCommit is NpgsqlException;

    protected override Task AddSamplesAsync(NerveDbContext context, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        SampleCopy.RunAsync(context, rows, cancellationToken);

    internal override Task SetStatusesAsync(NerveDbContext context, IReadOnlyList<StatusChange> changes, CancellationToken cancellationToken) =>
        PostgresStatuses.SetAsync(context, changes, cancellationToken);

    internal override Task AddRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        PostgresRuns.AddAsync(context, runs, cancellationToken);

    internal override Task UpdateRunsAsync(NerveDbContext context, IReadOnlyList<Run> runs, CancellationToken cancellationToken) =>
        PostgresRuns.UpdateAsync(context, runs, cancellationToken);

    internal override Task AddOutputsAsync(NerveDbContext context, IReadOnlyList<OutputRow> pieces, CancellationToken cancellationToken) =>
        PostgresOutputs.AddAsync(context, pieces, cancellationToken);

    internal override Task SetStoredAsync(NerveDbContext context, IReadOnlyList<(Guid RunId, long Bytes)> lengths, CancellationToken cancellationToken) =>
        PostgresOutputs.SetStoredAsync(context, lengths, cancellationToken);

    protected override Task<IDbContextTransaction> BeginSnapshotAsync(NerveDbContext context, CancellationToken cancellationToken) =>
        context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }
    }

    private static bool IsLostRace(Exception exception) =>
        (exception as PostgresException ?? exception.InnerException as PostgresException)?.SqlState
            is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>One process at a time changes the schema: Entity Framework's own lock ends with each of several changes.</summary>
    /// <remarks>Asked for again and again, not waited for: an index that is built concurrently waits for every statement that is under way, and so
    /// for those that wait for this lock, without an end.</remarks>
    private async Task MigrateAloneAsync(NerveDbContext context, CancellationToken cancellationToken)
    {
        const string Key = "hashtext('nerve migrations')";
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var take = new NpgsqlCommand($"SELECT pg_try_advisory_lock({Key})", connection);
        await using var give = new NpgsqlCommand($"SELECT pg_advisory_unlock({Key})", connection);
        while (await take.ExecuteScalarAsync(cancellationToken) is not true)
        {
            await Task.Delay(s_lockRetry, TimeProvider.System, cancellationToken);
        }

        try
        {
            context.Database.SetCommandTimeout(TimeSpan.Zero); // an index over a large table takes as long as it takes
            await context.Database.MigrateAsync(cancellationToken);
        }
        finally
        {
            await give.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task EnsureVersionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < OldestVersion)
        {
            throw new DatabaseException(
                $"The server of {Name} is PostgreSQL {connection.PostgreSqlVersion}; Nerve needs {OldestVersion} or later.");
        }
    }

    private async Task<T> ExplainAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (PostgresException exception)
        {
            throw new DatabaseException($"The database {Name} cannot be used: {exception.MessageText}. {Advice(exception.SqlState)}", exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            throw new DatabaseException(
                $"The database {Name} cannot be reached: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. Check host and port in storage-url, and that the server runs.",
                exception);
        }
    }

    private static string Advice(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "Check user and password in storage-url (or PGPASSWORD, or ~/.pgpass).",
        PostgresErrorCodes.InvalidCatalogName => "Create it: createdb --owner=USER NAME.",
        PostgresErrorCodes.InsufficientPrivilege => "Nerve's user must own the database: ALTER DATABASE NAME OWNER TO USER.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "It only reads: point storage-url at the primary server.",
        PostgresErrorCodes.TooManyConnections => "The server has no connection left: raise its max_connections.",
        PostgresErrorCodes.DiskFull => "Its disk is full.",
        _ => $"The server answered with the error {sqlState}.",
    };
}
