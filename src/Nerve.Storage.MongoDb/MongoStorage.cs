using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Retention;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>A MongoDB database, 7.0 or later: a standalone server, a replica set or a sharded cluster.</summary>
public sealed class MongoStorage : IStorage, IPortableStorage
{
    private static readonly MongoDatabaseSettings s_settings = new()
    {
        WriteConcern = WriteConcern.WMajority.With(journal: true),
        ReadConcern = ReadConcern.Default,
    };

    private readonly MongoClient _client;
    private readonly TimeProvider _time;
    private readonly RetentionSettings? _expiry;
    private readonly bool _leavesExpiry;

    /// <param name="url">A MongoDB connection string.</param>
    /// <param name="time">Says when things were stored.</param>
    /// <param name="expiry">When the server lets things expire, by its own clock; null for never. The center prunes what that leaves.</param>
    /// <param name="leavesExpiry">The server goes on as it was told before, whatever <paramref name="expiry"/> says.</param>
    /// <exception cref="DatabaseException">The URL is none.</exception>
    public MongoStorage(string url, TimeProvider time, RetentionSettings? expiry, bool leavesExpiry = false)
        : this(url, time, expiry, _ => { })
    {
        _leavesExpiry = leavesExpiry;
    }

    /// <param name="adjust">Has the last word on the driver's settings, so that tests can listen to it.</param>
    internal MongoStorage(string url, TimeProvider time, RetentionSettings? expiry, Action<MongoClientSettings> adjust)
    {
        Mapping.Register();
        var address = MongoAddress.Parse(url);
        Name = address.Name;
        _time = time;
        _expiry = expiry;
        adjust(address.Settings);
        _client = new MongoClient(address.Settings);
        Database = _client.GetDatabase(address.Database, s_settings);
        Collections = new Collections(Database);
    }

    public string Name { get; }

    public int? ComfortableAgents => null;

    string IStorage.Schema => Schema.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal IMongoDatabase Database { get; }

    internal Collections Collections { get; }

    /// <summary>Whether several documents can be written as one: a standalone server cannot. Known once the database was migrated.</summary>
    internal bool HasTransactions { get; private set; }

    /// <summary>Null for a good URL, else why it is not, without any part of it that may be secret.</summary>
    public static string? UrlProblem(string url) => MongoAddress.Problem(url);

    public void AddStores(IServiceCollection services)
    {
        services.AddSingleton<IStorage>(this);
        services.AddSingleton(this);
        services.AddSingleton<IAgentStore, MongoAgentStore>();
        services.AddSingleton<IAgentSettingsStore, MongoAgentSettingsStore>();
        services.AddSingleton<IUserStore, MongoUserStore>();
        services.AddSingleton<ITokenStore, MongoTokenStore>();
        services.AddSingleton<IInventoryStore, MongoInventoryStore>();
        services.AddSingleton<IRollUpStore, MongoRollUpStore>();
        services.AddSingleton<IMetricStore>(new MongoMetricStore(this, _time));
        services.AddSingleton<IHeartbeatStore>(new MongoHeartbeatStore(this, _time));
        services.AddSingleton<ITaskStore>(new MongoTaskStore(this, _time));
        services.AddSingleton<IAuditStore>(new MongoAuditStore(this));
    }

    /// <remarks>Also completes what a center that died in the middle of a write has left.</remarks>
    public Task MigrateAsync(CancellationToken cancellationToken) => Unusable.ExplainAsync(Name, _client, async () =>
    {
        var server = await ServerInfo.AskAsync(Database, cancellationToken);
        server.EnsureUsable(Name);
        HasTransactions = server.HasTransactions;
        using var patient = Patient();
        var database = DatabaseOf(patient);
        await Schema.EnsureAsync(database, new Collections(database), _expiry, _leavesExpiry, Name, cancellationToken);
        if (await FillingNote.FindAsync(Collections, cancellationToken) is null) // else its tasks only wait for their runs
        {
            await Leftovers.CompleteAsync(Collections, _time.GetUtcNow(), cancellationToken);
        }

        return true;
    });

    public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Unusable.ExplainAsync(Name, _client, async () =>
    {
        var server = await ServerInfo.AskAsync(Database, cancellationToken);
        server.EnsureUsable(Name);
        HasTransactions = server.HasTransactions;
        return await Schema.IsCurrentAsync(Collections, Name, cancellationToken);
    });

    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) =>
        Unusable.ExplainAsync<IReadOnlyList<string>>(Name, _client, async () =>
        {
            await ServerInfo.AskAsync(Database, cancellationToken);
            using var patient = Patient();
            var database = DatabaseOf(patient);
            return
            [
                .. await CollectionCheck.RunAsync(database, cancellationToken),
                .. await DatabaseCheck.RunAsync(new Collections(database), cancellationToken),
            ];
        });

    public StoreFault? FaultOf(Exception exception) => Failures.FaultOf(exception);

    public Task<ISnapshot> SnapshotAsync(CancellationToken cancellationToken) => Task.FromResult<ISnapshot>(new MongoSnapshot(this));

    public Task ImportAsync<T>(IReadOnlyList<T> records, CancellationToken cancellationToken)
        where T : class
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RunAsync(() => MongoImport.RunAsync(Collections, records, _time.GetUtcNow()));
    }

    public Task BeginFillingAsync(Filling filling, CancellationToken cancellationToken) =>
        RunAsync(() => FillingNote.WriteAsync(Collections, filling, cancellationToken));

    public Task EndFillingAsync(CancellationToken cancellationToken) => RunAsync(() => FillingNote.RemoveAsync(Collections, cancellationToken));

    public Task<Filling?> FindFillingAsync(CancellationToken cancellationToken) => RunAsync(() => FillingNote.FindAsync(Collections, cancellationToken));

    public void Dispose() => _client.Dispose();

    /// <summary>For what takes as long as it takes: building an index or looking through a collection of a large fleet. Whether the server is there
    /// is asked with the other first.</summary>
    private MongoClient Patient()
    {
        var settings = _client.Settings.Clone();
        settings.SocketTimeout = TimeSpan.Zero; // no end
        return new MongoClient(settings);
    }

    private IMongoDatabase DatabaseOf(MongoClient client) => client.GetDatabase(Database.DatabaseNamespace.DatabaseName, s_settings);

    /// <summary>Everything that the stores ask of the server goes through here, or through <see cref="RunAsync{T}"/>.</summary>
    internal Task<T> ReadAsync<T>(Func<Task<T>> work) => Failures.TranslateAsync(Name, _client, work);

    /// <summary>As <see cref="ReadAsync{T}"/>, for what may write.</summary>
    /// <exception cref="UniqueConflictException">A unique value was there already.</exception>
    internal async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        try
        {
            var result = await Failures.TranslateAsync(Name, _client, work);
            WriteTrail.Wrote();
            return result;
        }
        catch (Exception exception) when (Failures.FaultOf(exception.InnerException ?? exception) is StoreFault.Away)
        {
            WriteTrail.Wrote(); // whatever came before the server was lost
            throw;
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    internal Task RunAsync(Func<Task> work) => RunAsync(async () =>
    {
        await work();
        return true;
    });

    /// <summary>Several writes as one. Only where <see cref="HasTransactions"/>.</summary>
    internal async Task TransactAsync(Func<IClientSessionHandle, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var session = await _client.StartSessionAsync(cancellationToken: cancellationToken);
        try
        {
            await session.WithTransactionAsync(
                async (transaction, cancel) =>
                {
                    await work(transaction, cancel);
                    return true;
                },
                new TransactionOptions(writeConcern: WriteConcern.WMajority.With(journal: true)),
                cancellationToken);
        }
        catch (MongoException exception) when (exception.HasErrorLabel("UnknownTransactionCommitResult"))
        {
            throw new UncertainCommitException(exception);
        }
    }
}
