using MongoDB.Bson;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Where samples lie, and when the server removes them by itself: by their own time, and those of impossible days by when they came.</summary>
internal static class SampleExpiry
{
    private const string StoredAt = "storedAt";

    /// <param name="database">With or without the collections.</param>
    /// <param name="life">Null for ever. Another one than before is followed.</param>
    /// <param name="cancellationToken">Ends it; to be repeated.</param>
    public static async Task EnsureAsync(IMongoDatabase database, TimeSpan? life, CancellationToken cancellationToken)
    {
        await EnsureSamplesAsync(database, life, cancellationToken);
        await Expiry.EnsureAsync(database.GetCollection<SampleDocument>(Collections.FarSamplesName), StoredAt, life, cancellationToken);
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
            if (Expiry.Seconds(found["options"].AsBsonDocument) != Expiry.Seconds(life))
            {
                await Expiry.ModifyAsync(
                    database, Collections.SamplesName, new BsonDocument(Expiry.Option, Expiry.Seconds(life) is { } seconds ? seconds : "off"), cancellationToken);
            }
        }
    }
}
