using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>Listens to what the driver sends, so that the plans are those of the product's own commands.</summary>
internal sealed class CapturedCommands
{
    private static readonly string[] s_planned = ["find", "aggregate", "update", "delete"];

    private readonly ConcurrentQueue<BsonDocument> _commands = new();

    public void ListenTo(MongoClientSettings settings) => settings.ClusterConfigurator = cluster => cluster.Subscribe<CommandStartedEvent>(started =>
    {
        if (s_planned.Contains(started.CommandName))
        {
            _commands.Enqueue(BsonSerializer.Deserialize<BsonDocument>(started.Command.ToBson()));
        }
    });

    public async Task<IReadOnlyList<BsonDocument>> OfAsync(Func<Task> work)
    {
        _commands.Clear();
        await work();
        return [.. _commands];
    }
}
