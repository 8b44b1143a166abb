using MongoDB.Bson;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Documents that the server removes by itself some time after a date in them.</summary>
internal static class Expiry
{
    public const string Option = "expireAfterSeconds";

    /// <param name="collection">With or without the index.</param>
    /// <param name="field">The date.</param>
    /// <param name="life">Null for ever. Another one than before is followed.</param>
    /// <param name="cancellationToken">Ends it; to be repeated.</param>
    public static async Task EnsureAsync<T>(IMongoCollection<T> collection, string field, TimeSpan? life, CancellationToken cancellationToken)
    {
        var found = (await (await collection.Indexes.ListAsync(cancellationToken)).ToListAsync(cancellationToken))
            .FirstOrDefault(index => index["key"].AsBsonDocument.Names.SequenceEqual([field]));
        if (life is null)
        {
            if (found?.Contains(Option) == true)
            {
                await collection.Indexes.DropOneAsync(found["name"].AsString, cancellationToken);
            }
        }
        else if (found is null)
        {
            await collection.Indexes.CreateOneAsync(
                new CreateIndexModel<T>(Builders<T>.IndexKeys.Ascending(field), new CreateIndexOptions { ExpireAfter = life }),
                cancellationToken: cancellationToken);
        }
        else if (Seconds(found) != Seconds(life))
        {
            var index = new BsonDocument { ["name"] = found["name"], [Option] = Seconds(life) };
            await ModifyAsync(collection.Database, collection.CollectionNamespace.CollectionName, new BsonDocument("index", index), cancellationToken);
        }
    }

    public static Task ModifyAsync(IMongoDatabase database, string collection, BsonDocument change, CancellationToken cancellationToken) =>
        database.RunCommandAsync<BsonDocument>(new BsonDocument("collMod", collection).Merge(change), cancellationToken: cancellationToken);

    public static long? Seconds(TimeSpan? life) => (long?)life?.TotalSeconds;

    public static long? Seconds(BsonDocument options) => options.TryGetValue(Option, out var seconds) ? seconds.ToInt64() : null;
}
