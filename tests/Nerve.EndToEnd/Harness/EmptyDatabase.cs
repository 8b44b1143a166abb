using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Storage.Tests.Mongo;

namespace Nerve.EndToEnd.Harness;

/// <summary>A new database of any kind, looked at from outside.</summary>
internal sealed class EmptyDatabase
{
    private readonly EmptyPostgres? _postgres;
    private readonly IMongoDatabase? _mongo;

    private EmptyDatabase(string data, string url, EmptyPostgres? postgres = null, IMongoDatabase? mongo = null)
    {
        (Data, Url, _postgres, _mongo) = (data, url, postgres, mongo);
        Environment = new() { ["TARGET"] = url };
        if (postgres is not null || mongo is not null)
        {
            Environment["NERVE_STORAGE"] = postgres is null ? "mongodb" : "postgres";
            Environment["NERVE_STORAGE_URL"] = url;
        }
    }

    /// <summary>For <c>--data</c>; the database itself is in it only with SQLite.</summary>
    public string Data { get; }

    /// <summary>As <c>db copy</c> takes it.</summary>
    public string Url { get; }

    /// <summary>For the commands: where the database is, and <c>TARGET</c> with its address.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Null for SQLite.</summary>
    public int? Port => _postgres is null && _mongo is null ? null : new Uri(Url).Port;

    /// <summary>Skips the test where there is no such server, and fails it where there must be one.</summary>
    public static async Task<EmptyDatabase> CreateAsync(string engine, SmallFleet fleet)
    {
        var data = fleet.NewFolder();
        switch (engine)
        {
            case "sqlite":
                Directory.CreateDirectory(data);
                return new(data, "sqlite:" + SmallFleet.Database(data));
            case "postgres":
                var postgres = await EmptyPostgres.CreateAsync();
                return new(data, postgres.Url, postgres);
            default:
                var server = await MongoServer.SharedAsync(MongoServer.RealUrl is null ? Topology.Standalone : Topology.ReplicaSet);
                var name = $"nerve_e2e_{Guid.NewGuid():N}";
                return new(data, server.UrlOf(name), mongo: new MongoClient(server.Url).GetDatabase(name));
        }
    }

    /// <summary>Of a table or collection, both are called the same; 0 while it is not there.</summary>
    public async Task<long> CountAsync(string table)
    {
        var cancel = TestContext.Current.CancellationToken;
        if (_mongo is not null)
        {
            return await _mongo.GetCollection<BsonDocument>(table).CountDocumentsAsync(new BsonDocument(), cancellationToken: cancel);
        }

        if (_postgres is null)
        {
            return File.Exists(SmallFleet.Database(Data))
                && await SmallFleet.SqlAsync(Data, $"SELECT 1 FROM sqlite_master WHERE name = '{table}'") is not null
                ? (long)(await SmallFleet.SqlAsync(Data, $"SELECT count(*) FROM {table}"))!
                : 0;
        }

        return (bool)(await _postgres.ScalarAsync($"SELECT to_regclass('{table}') IS NOT NULL"))!
            ? (long)(await _postgres.ScalarAsync($"SELECT count(*) FROM {table}"))!
            : 0;
    }

    /// <summary>The life of samples in MongoDB, as its server knows it; null for ever.</summary>
    public async Task<TimeSpan?> SampleLifeAsync()
    {
        var named = new ListCollectionsOptions { Filter = new BsonDocument("name", "samples") };
        var found = await (await _mongo!.ListCollectionsAsync(named, TestContext.Current.CancellationToken)).FirstAsync(TestContext.Current.CancellationToken);
        return found["options"].AsBsonDocument.TryGetValue("expireAfterSeconds", out var seconds) ? TimeSpan.FromSeconds(seconds.ToInt64()) : null;
    }
}
