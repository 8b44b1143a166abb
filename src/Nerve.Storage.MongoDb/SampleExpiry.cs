using MongoDB.Bson;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Where samples lie, and when the server removes them by itself: by their own time, and those of impossible days by when they came.</summary>
internal static class SampleExpiry
{
    private const string Option = "expireAfterSeconds";
    private const string StoredAt = "storedAt";

    /// <param name="database">With or without the collections.</param>
    /// <param name="life">Null for ever. Another one than before is followed.</param>
    /// <param name="cancellationToken">Ends it; to be repeated.</param>
    public static async Task EnsureAsync(IMongoDatabase database, TimeSpan? life, CancellationToken cancellationToken)
    {
        await EnsureSamplesAsync(database, life, cancellationToken);
        await EnsureFarSamplesAsync(database, life, cancellationToken);
    }

    /// <summary>A bucket holds up to an hour of one agent. The server itself makes the index over agent and time.</summary>
    private static async Task EnsureSamplesAsync(IMongoDatabase database, TimeSpan? life, CancellationToken cancellationToken)
    {
        try
        {
            await database.CreateCollectionAsync(
                Collections.SamplesName,
                new CreateCollectionOptions { TimeSeriesOptions = new TimeSeriesOptions("at", "agent", TimeSeriesGranularity.Seconds), ExpireAfter = life },
                cancellationToken);
        }
        catch (MongoCommandException exception) when (Failures.Exists(exception))
        {
            var named = new ListCollectionsOptions { Filter = new BsonDocument("name", Collections.SamplesName) };
            var found = await (await database.ListCollectionsAsync(named, cancellationToken)).FirstAsync(cancellationToken);
            if (Seconds(found["options"].AsBsonDocument) != Seconds(life))
            {
                await ModifyAsync(database, Collections.SamplesName, new BsonDocument(Option, Seconds(life) is { } seconds ? seconds : "off"), cancellationToken);
            }
        }
    }

    private static async Task EnsureFarSamplesAsync(IMongoDatabase database, TimeSpan? life, CancellationToken cancellationToken)
    {
        var indexes = database.GetCollection<BsonDocument>(Collections.FarSamplesName).Indexes;
        var found = (await (await indexes.ListAsync(cancellationToken)).ToListAsync(cancellationToken))
            .FirstOrDefault(index => index["key"].AsBsonDocument.Contains(StoredAt));
        if (life is null)
        {
            if (found is not null)
            {
                await indexes.DropOneAsync(found["name"].AsString, cancellationToken);
            }
        }
        else if (found is null)
        {
            await indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument(StoredAt, 1), new CreateIndexOptions { ExpireAfter = life }),
                cancellationToken: cancellationToken);
        }
        else if (Seconds(found) != Seconds(life))
        {
            var index = new BsonDocument { ["name"] = found["name"], [Option] = Seconds(life) };
            await ModifyAsync(database, Collections.FarSamplesName, new BsonDocument("index", index), cancellationToken);
        }
    }

    private static Task ModifyAsync(IMongoDatabase database, string collection, BsonDocument change, CancellationToken cancellationToken) =>
        database.RunCommandAsync<BsonDocument>(new BsonDocument("collMod", collection).Merge(change), cancellationToken: cancellationToken);

    private static long? Seconds(TimeSpan? life) => (long?)life?.TotalSeconds;

    private static long? Seconds(BsonDocument options) => options.TryGetValue(Option, out var seconds) ? seconds.ToInt64() : null;
}
