using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using Nerve.Server.Shared;
using Nerve.Storage.Contracts;
using Nerve.Storage.MongoDb;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>What MongoDB itself says when a write fails is understood; its error codes: https://www.mongodb.com/docs/manual/reference/error-codes/.</summary>
public sealed class MongoFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(13, StoreFault.ReadOnly)] // Unauthorized
    [InlineData(14031, StoreFault.Full)] // OutOfDiskSpace
    [InlineData(2, null)] // BadValue
    public async Task FaultOf_AWriteThatTheServerRefuses_IsItsReason(int code, StoreFault? expected)
    {
        var server = await MongoServer.StartAsync();
        using var storage = new MongoStorage(server.Url, new FakeTimeProvider(Build.Now), null);
        await storage.MigrateAsync(Cancel);
        await storage.Database.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                ["configureFailPoint"] = "failCommand",
                ["mode"] = "alwaysOn",
                ["data"] = new BsonDocument { ["failCommands"] = new BsonArray { "insert", "update" }, ["errorCode"] = code },
            },
            cancellationToken: Cancel);

        var failure = await Record.ExceptionAsync(() => new MongoAgentStore(storage).AddAsync(Build.Agent(), Cancel));

        Assert.NotNull(failure);
        Assert.Equal(expected, storage.FaultOf(failure));
        await server.StopAsync();
    }
}
