using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Retention;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>The database itself: reaching it, its schema, what expires in it.</summary>
public sealed class MongoStorageTests : IAsyncDisposable
{
    private readonly string _name = MongoStores.NewName();
    private readonly HashSet<string> _opened = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var url in _opened)
        {
            using var client = new MongoClient(url);
            await client.DropDatabaseAsync(_name, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("nonsense", "is not a MongoDB URL")]
    [InlineData("postgres://nerve:hidden@db/nerve", "is not a MongoDB URL")]
    [InlineData("mongodb://", "is not a complete MongoDB URL")]
    [InlineData("mongodb://nerve:hidden@/nerve", "is not a complete MongoDB URL")]
    [InlineData("mongodb://nerve:hid@den@db/nerve", "is not a complete MongoDB URL")]
    [InlineData("mongodb://nerve:hidden@db:99999/nerve", "is not a complete MongoDB URL")]
    [InlineData("mongodb://nerve:hidden@db/nerve?tls=maybe", "one of its parameters has a bad value")]
    [InlineData("mongodb://nerve:hidden@db/nerve?authMechanism=hidden", "one of its parameters has a bad value")]
    [InlineData("mongodb://nerve:hidden@db/nerve?colour=hidden", "the parameter 'colour', which is unknown")]
    [InlineData("mongodb://nerve:hidden@db/a.b", "names a database with a character")]
    [InlineData("mongodb://hidden@db/nerve", "names a user without a password")]
    public void UrlProblem_ABadUrl_SaysWhyWithoutSecrets(string url, string reason)
    {
        var problem = MongoStorage.UrlProblem(url);

        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mongodb://nerve:hid%40den@db.example.com/fleet?replicaSet=rs0&authSource=admin", "mongodb://db.example.com:27017/fleet")]
    [InlineData("mongodb://[::1]:27018,10.0.0.1/?tls=true", "mongodb://[::1]:27018,10.0.0.1:27017/nerve")]
    [InlineData("mongodb+srv://nerve:hidden@cluster.example.com/", "mongodb+srv://cluster.example.com/nerve")]
    public void Name_OfAGoodUrl_SaysWhereWithoutSecrets(string url, string name)
    {
        Assert.Null(MongoStorage.UrlProblem(url));
        using var storage = new MongoStorage(url, TimeProvider.System, null);
        Assert.Equal(name, storage.Name);
    }

    [Fact]
    public async Task Migrate_NobodyListens_SaysWhereItLookedAndWhy()
    {
        using var storage = new MongoStorage("mongodb://nerve:hidden@127.0.0.1:1/nerve?serverSelectionTimeoutMS=500", TimeProvider.System, null);

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => storage.MigrateAsync(Cancel));

        Assert.Contains("mongodb://127.0.0.1:1/nerve cannot be reached: Connection refused", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_AServerOfVersion6_IsRefused()
    {
        Assert.SkipWhen(MongoServer.RealUrl is not null, "Needs the emulator, whose version a relay can change.");
        var server = await MongoServer.SharedAsync(Topology.Standalone);
        await using var relay = new VersionRelay(server.Url, "7.0.", "6.0.");
        using var storage = new MongoStorage(relay.Url, TimeProvider.System, null);

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => storage.MigrateAsync(Cancel));

        Assert.Contains("is MongoDB 6.0.", problem.Message, StringComparison.Ordinal);
        Assert.Contains("needs 7.0 or later", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem.Message, StringComparison.Ordinal);
    }

    /// <summary>As on a large fleet: an index is built, and a collection looked through, for minutes.</summary>
    [Fact]
    public async Task MigrateAndCheck_WaitForAnIndexAndForACheckLongerThanForAnAnswer()
    {
        Assert.SkipWhen(MongoServer.RealUrl is not null, "Needs a server without a password, which a relay can reach.");
        var server = await MongoServer.SharedAsync(Topology.Standalone);
        await using var relay = new SlowRelay(server.Url, TimeSpan.FromMilliseconds(1500), "createIndexes\0", "validate\0");
        using var storage = new MongoStorage($"{relay.Address}/{_name}?directConnection=true&socketTimeoutMS=500", TimeProvider.System, null);
        lock (_opened)
        {
            _opened.Add(server.UrlOf(_name));
        }

        await storage.MigrateAsync(Cancel);
        Assert.Equal(1, relay.Delayed);

        Assert.Empty(await storage.CheckAsync(Cancel));
        Assert.Equal(2, relay.Delayed);
    }

    [Fact]
    public async Task IsCurrent_OfAnEmptyDatabase_IsFalse_AndMakesNothing()
    {
        using var storage = await OpenAsync();

        Assert.False(await storage.IsCurrentAsync(Cancel));
        Assert.Empty(await (await storage.Database.ListCollectionNamesAsync(cancellationToken: Cancel)).ToListAsync(Cancel));

        await storage.MigrateAsync(Cancel);
        Assert.True(await storage.IsCurrentAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_ADatabaseFromTheFuture_SaysSoAndLeavesIt()
    {
        using var storage = await OpenAsync();
        await storage.Database.GetCollection<BsonDocument>("schema").InsertOneAsync(new BsonDocument { ["_id"] = "version", ["value"] = 99 }, null, Cancel);

        var problem = await Assert.ThrowsAsync<DatabaseException>(() => storage.MigrateAsync(Cancel));

        Assert.Contains("newer than this program", problem.Message, StringComparison.Ordinal);
        Assert.Contains("schema 99", problem.Message, StringComparison.Ordinal);
        Assert.Equal(["schema"], await (await storage.Database.ListCollectionNamesAsync(cancellationToken: Cancel)).ToListAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_ByManyAtOnceAndAgain_AllSucceed()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                using var storage = await OpenAsync();
                await storage.MigrateAsync(Cancel);
            },
            Cancel)));

        using var migrated = await OpenAsync();
        await migrated.MigrateAsync(Cancel);
        Assert.Empty(await migrated.CheckAsync(Cancel));
    }

    [Fact]
    public async Task Migrate_AnotherLifeOfSamples_IsFollowed()
    {
        foreach (var life in new TimeSpan?[] { TimeSpan.FromDays(7), TimeSpan.FromDays(30), null })
        {
            using var storage = await OpenAsync(life is null ? null : new RetentionSettings { Samples = life.Value, OneHour = 2 * life.Value });
            await storage.MigrateAsync(Cancel);

            var options = await OptionsAsync(storage);

            Assert.Equal(("at", "agent"), (options["timeseries"]["timeField"].AsString, options["timeseries"]["metaField"].AsString));
            Assert.Equal(life?.TotalSeconds, options.TryGetValue("expireAfterSeconds", out var seconds) ? seconds.ToDouble() : null);
            Assert.Equal(2 * life?.TotalSeconds, await ExpiryAsync(storage, "rollups_1h", "hour"));
        }
    }

    /// <summary>A command whose settings are not the center's must not shorten the life of its samples.</summary>
    [Fact]
    public async Task Migrate_ByACommand_LeavesTheLifeOfSamplesAsItWas()
    {
        using (var center = await OpenAsync(new RetentionSettings { Samples = TimeSpan.FromDays(30), OneHour = TimeSpan.FromDays(60) }))
        {
            await center.MigrateAsync(Cancel);
        }

        using var command = await OpenAsync(new RetentionSettings(), leavesExpiry: true);
        await command.MigrateAsync(Cancel);

        Assert.Equal(TimeSpan.FromDays(30).TotalSeconds, (await OptionsAsync(command))["expireAfterSeconds"].ToDouble());
        Assert.Equal(TimeSpan.FromDays(60).TotalSeconds, await ExpiryAsync(command, "rollups_1h", "hour"));
    }

    /// <summary>As the server of the field reports it: https://www.mongodb.com/docs/manual/reference/command/validate/#output.</summary>
    [Theory]
    [InlineData("""{ valid: true, errors: [], ok: 1 }""", null)]
    [InlineData("""{ valid: false, errors: ["missing index entry", "bad record"], ok: 1 }""", "the collection runs is damaged: missing index entry; bad record")]
    [InlineData("""{ valid: false, ok: 1 }""", "the collection runs is damaged: the server does not say what")]
    public void Check_WhatTheServerFinds_IsTold(string reply, string? expected) =>
        Assert.Equal(expected, CollectionCheck.Damage("runs", BsonDocument.Parse(reply)).SingleOrDefault());

    /// <summary>The first released schema: no roll-ups, no stale hours.</summary>
    [Fact]
    public async Task Migrate_ADatabaseOfVersion1_KeepsWhatItHasAndMakesTheRest()
    {
        using var storage = await OpenAsync();
        await storage.MigrateAsync(Cancel);
        await using var services = Services(storage);
        var stores = new TestStores(services);
        var (agent, task) = (Build.Agent(), Build.Task());
        await stores.Agents.AddAsync(agent, Cancel);
        await stores.Tasks.AddAsync(task, [Build.Run(task, agent.Id)], Cancel);
        await stores.Heartbeats.WriteAsync([Build.Heartbeat(agent.Id, Build.Now, Build.Sample(Build.Now))], Cancel);
        foreach (var later in new[] { "rollups_5m", "rollups_1h", "stale_hours", "schema" })
        {
            await storage.Database.DropCollectionAsync(later, Cancel);
        }

        var version = storage.Database.GetCollection<BsonDocument>("schema");
        await version.InsertOneAsync(new BsonDocument { ["_id"] = "version", ["value"] = 1 }, null, Cancel);

        await storage.MigrateAsync(Cancel);

        Assert.Equal(Schema.Version, (await version.Find(new BsonDocument("_id", "version")).SingleAsync(Cancel))["value"].ToInt32());
        Assert.NotNull(await stores.Agents.FindAsync(agent.Id, Cancel));
        Assert.Single(await stores.Tasks.OpenRunsAsync(agent.Id, 10, Cancel));
        Assert.Equal(Build.Now, (await stores.Metrics.LatestAsync(agent.Id, Cancel))!.At);
        Assert.Null(await ExpiryAsync(storage, "rollups_1h", "hour"));
        Assert.Empty(await storage.CheckAsync(Cancel));
    }

    /// <summary>Before version 3 tasks that were copied or restored came without what a search looks into.</summary>
    [Fact]
    public async Task Migrate_TasksWithoutWords_AreFoundAfterwards()
    {
        using var storage = await OpenAsync();
        await storage.MigrateAsync(Cancel);
        await using var services = Services(storage);
        var stores = new TestStores(services);
        await stores.Tasks.AddAsync(Build.Task(command: "/usr/bin/Nvidia-SMI"), [], Cancel);
        await storage.Database.GetCollection<BsonDocument>("tasks").UpdateManyAsync(new BsonDocument(), new BsonDocument("$unset", new BsonDocument("words", "")), null, Cancel);
        await storage.Database.GetCollection<BsonDocument>("schema").UpdateOneAsync(new BsonDocument("_id", "version"), new BsonDocument("$set", new BsonDocument("value", 2)), null, Cancel);

        await storage.MigrateAsync(Cancel);

        Assert.Equal(1, (await stores.Tasks.ListAsync(null, "nvidia-smi", null, 10, Cancel)).Total);
    }

    /// <summary>By the server's own clock, so this one waits: a server looks once a minute.</summary>
    [Fact]
    public async Task Samples_OlderThanTheirLife_AreRemovedByTheServer()
    {
        using var storage = await OpenAsync(new RetentionSettings { Samples = TimeSpan.FromHours(1) });
        await storage.MigrateAsync(Cancel);
        await using var services = Services(storage);
        var stores = new TestStores(services);
        var agent = Build.Agent();
        var now = DateTimeOffset.UtcNow;
        await stores.Agents.AddAsync(agent, Cancel);
        await stores.Heartbeats.WriteAsync([Build.Heartbeat(agent.Id, now, Build.Sample(now.AddHours(-3)), Build.Sample(now))], Cancel);

        for (var waited = 0; (await CountAsync(storage, "samples")) > 1 && waited < 180; waited++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        }

        var kept = Assert.Single(await stores.Metrics.ReadAsync(agent.Id, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, 10, Cancel));
        Assert.Equal(now.ToUnixTimeMilliseconds(), kept.At.ToUnixTimeMilliseconds());
    }

    /// <summary>One sample after 2038 would stop the expiry of a whole time-series collection.</summary>
    [Fact]
    public async Task Samples_OfImpossibleDays_StayOutOfTheTimeSeries()
    {
        using var storage = await OpenAsync(new RetentionSettings());
        await storage.MigrateAsync(Cancel);
        await using var services = Services(storage);
        var stores = new TestStores(services);
        var agent = Build.Agent();
        await stores.Agents.AddAsync(agent, Cancel);

        await stores.Heartbeats.WriteAsync(
            [
                Build.Heartbeat(
                    agent.Id, Build.Now, Build.Sample(DateTimeOffset.UnixEpoch.AddSeconds(-1)), Build.Sample(DateTimeOffset.UnixEpoch.AddSeconds(int.MaxValue))),
            ],
            Cancel);

        Assert.Equal((0, 2), (await CountAsync(storage, "samples"), await CountAsync(storage, "samples_far")));
        Assert.Equal(7 * 86400, await ExpiryAsync(storage, "samples_far", "storedAt"));
    }

    [Theory]
    [InlineData(Topology.ReplicaSet, true)]
    [InlineData(Topology.Standalone, false)]
    public async Task Migrate_EachTopology_KnowsWhetherItHasTransactions(Topology topology, bool expected)
    {
        Assert.SkipWhen(MongoServer.RealUrl is not null, "A real server is what it is.");
        using var storage = await OpenAsync(topology: topology);

        await storage.MigrateAsync(Cancel);

        Assert.Equal(expected, storage.HasTransactions);
    }

    private static ServiceProvider Services(MongoStorage storage)
    {
        var services = new ServiceCollection();
        storage.AddStores(services);
        return services.BuildServiceProvider();
    }

    private static async Task<BsonDocument> OptionsAsync(MongoStorage storage)
    {
        var named = new ListCollectionsOptions { Filter = new BsonDocument("name", "samples") };
        return (await (await storage.Database.ListCollectionsAsync(named, Cancel)).SingleAsync(Cancel))["options"].AsBsonDocument;
    }

    /// <summary>Seconds; null where nothing expires.</summary>
    private static async Task<double?> ExpiryAsync(MongoStorage storage, string collection, string field)
    {
        var indexes = await (await storage.Database.GetCollection<BsonDocument>(collection).Indexes.ListAsync(Cancel)).ToListAsync(Cancel);
        var found = indexes.Single(index => index["key"].AsBsonDocument.Names.SequenceEqual([field]));
        return found.TryGetValue("expireAfterSeconds", out var seconds) ? seconds.ToDouble() : null;
    }

    private static Task<long> CountAsync(MongoStorage storage, string collection) =>
        storage.Database.GetCollection<BsonDocument>(collection).CountDocumentsAsync(new BsonDocument(), null, Cancel);

    private async Task<MongoStorage> OpenAsync(RetentionSettings? expiry = null, Topology topology = Topology.ReplicaSet, bool leavesExpiry = false)
    {
        var url = (await MongoServer.SharedAsync(topology)).UrlOf(_name);
        lock (_opened)
        {
            _opened.Add(url);
        }

        return new MongoStorage(url, new FakeTimeProvider(Build.Now), expiry, leavesExpiry);
    }
}
