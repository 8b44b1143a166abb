using MongoDB.Bson;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Lets the server itself look through every collection and its indexes.</summary>
internal static class CollectionCheck
{
    private const int Unauthorized = 13;
    private const int CommandNotFound = 59;

    /// <remarks>The buckets of a time-series collection are one of their own; the collection itself is a view of them.</remarks>
    public static async Task<IReadOnlyList<string>> RunAsync(IMongoDatabase database, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        var stored = new ListCollectionsOptions { Filter = new BsonDocument("type", "collection") };
        foreach (var collection in await (await database.ListCollectionsAsync(stored, cancellationToken)).ToListAsync(cancellationToken))
        {
            if (await AskAsync(database, collection["name"].AsString, cancellationToken) is { } reply)
            {
                damage.AddRange(Damage(collection["name"].AsString, reply));
            }
        }

        return damage;
    }

    /// <remarks>https://www.mongodb.com/docs/manual/reference/command/validate/</remarks>
    public static IEnumerable<string> Damage(string collection, BsonDocument reply)
    {
        if (reply["valid"].ToBoolean())
        {
            return [];
        }

        var errors = reply.TryGetValue("errors", out var told) && told is BsonArray { Count: > 0 } list
            ? string.Join("; ", list.Select(error => error.ToString()))
            : "the server does not say what";
        return [$"the collection {collection} is damaged: {errors}"];
    }

    /// <summary>Beside the work of a center. Null where the server does not do it, or not for this user.</summary>
    private static async Task<BsonDocument?> AskAsync(IMongoDatabase database, string collection, CancellationToken cancellationToken)
    {
        try
        {
            return await database.RunCommandAsync<BsonDocument>(new BsonDocument { ["validate"] = collection, ["background"] = true }, cancellationToken: cancellationToken);
        }
        catch (MongoCommandException exception) when (exception.Code is Unauthorized or CommandNotFound)
        {
            return null;
        }
    }
}
