using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using Nerve.Server.Ingestion;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>A server that vanishes, and one that breaks connections and comes back.</summary>
public sealed class MongoOutageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ConnectionsBreakInMidBatch_ThePipelineRepeatsAndNothingIsLostOrDoubled()
    {
        var server = await MongoServer.StartAsync();
        using var storage = new MongoStorage(server.Url, new FakeTimeProvider(Build.Now), null);
        await storage.MigrateAsync(Cancel);
        var agent = Build.Agent();
        await new MongoAgentStore(storage).AddAsync(agent, Cancel);
        using var pipeline = new HeartbeatPipeline(
            new MongoHeartbeatStore(storage, TimeProvider.System), TimeProvider.System, NullLogger<HeartbeatPipeline>.Instance)
        {
            Patience = TimeSpan.FromMinutes(2),
        };
        await pipeline.StartAsync(Cancel);

        for (var second = 0; second < 50; second++)
        {
            if (second % 10 == 0)
            {
                await BreakAsync(storage, times: 1 + (second / 10 % 3)); // the write, its repetition by the driver, and the next write
            }

            Assert.True(await pipeline.WriteAsync(Build.Heartbeat(agent.Id, Build.Now, Build.Sample(Build.Now.AddSeconds(second))), Cancel));
        }

        await pipeline.StopAsync(Cancel);
        var stored = await new MongoMetricStore(storage, TimeProvider.System).ReadAsync(agent.Id, Build.Now, Build.Now.AddHours(1), 1000, Cancel);
        Assert.Equal(Enumerable.Range(0, 50).Select(second => Build.Now.AddSeconds(second)), stored.Select(sample => sample.At));
        await server.StopAsync();
    }

    [Fact]
    public async Task Write_TheServerIsGoneForGood_FailsTheCallerAfterItsPatience()
    {
        var server = await MongoServer.StartAsync();
        using var storage = new MongoStorage(server.Url + "&serverSelectionTimeoutMS=500", new FakeTimeProvider(Build.Now), null);
        await storage.MigrateAsync(Cancel);
        using var pipeline = new HeartbeatPipeline(
            new MongoHeartbeatStore(storage, TimeProvider.System), TimeProvider.System, NullLogger<HeartbeatPipeline>.Instance)
        {
            Patience = TimeSpan.FromSeconds(1),
        };
        await pipeline.StartAsync(Cancel);
        Assert.False(await pipeline.WriteAsync(Build.Heartbeat(Build.Id(), Build.Now), Cancel));

        await server.StopAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => pipeline.WriteAsync(Build.Heartbeat(Build.Id(), Build.Now), Cancel));
        Assert.Equal(1, pipeline.Failed);
        await pipeline.StopAsync(Cancel);
    }

    /// <summary>What the center answers with 503, and says in its log.</summary>
    [Fact]
    public async Task Find_TheServerIsAway_IsATransientErrorThatNamesItWithoutSecrets()
    {
        using var storage = new MongoStorage("mongodb://nerve:hidden@127.0.0.1:1/fleet?serverSelectionTimeoutMS=500", TimeProvider.System, null);

        var outage = await Assert.ThrowsAnyAsync<DbException>(() => new MongoAgentStore(storage).FindAsync(Build.Id(), Cancel));

        Assert.True(outage.IsTransient);
        Assert.Equal("The database mongodb://127.0.0.1:1/fleet cannot be reached: Connection refused", outage.Message);
        Assert.DoesNotContain("hidden", outage.ToString(), StringComparison.Ordinal);
    }

    private static Task BreakAsync(MongoStorage storage, int times) => storage.Database.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(
        new BsonDocument
        {
            ["configureFailPoint"] = "failCommand",
            ["mode"] = new BsonDocument("times", times),
            ["data"] = new BsonDocument { ["failCommands"] = new BsonArray { "insert", "update" }, ["closeConnection"] = true },
        },
        cancellationToken: Cancel);
}
