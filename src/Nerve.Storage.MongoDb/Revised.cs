using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Documents that are read, changed and written back. Each write of such a document counts up its revision, and one that was read at
/// another revision is not written: its writer begins again. Nobody waits, and of many writers one always gets on.</summary>
internal static class Revised
{
    public const string Revision = "revision";

    /// <summary>To be part of every update of a revised document.</summary>
    public static UpdateDefinition<T> CountUp<T>(this UpdateDefinition<T> update) => update.Inc(Revision, 1L);

    /// <param name="collection">Of the document.</param>
    /// <param name="id">Of the document.</param>
    /// <param name="change">Called again when another writer was faster; null leaves the document as it is.</param>
    /// <param name="cancellationToken">Ends it before anything is written.</param>
    /// <returns>What was read and what was written; null for what there is not.</returns>
    public static async Task<(T? Old, T? Changed)> ChangeAsync<T>(
        this IMongoCollection<T> collection, Guid id, Func<T, T?> change, CancellationToken cancellationToken)
        where T : class
    {
        var documents = collection.WithDocument();
        while (true)
        {
            var read = await documents.Find(ById(id)).FirstOrDefaultAsync(cancellationToken);
            var old = read is null ? null : BsonSerializer.Deserialize<T>(read);
            var changed = old is null ? null : change(old);
            if (changed is null || await ReplaceAsync(documents, read!, changed, cancellationToken))
            {
                return (old, changed);
            }
        }
    }

    private static async Task<bool> ReplaceAsync<T>(
        IMongoCollection<BsonDocument> documents, BsonDocument read, T changed, CancellationToken cancellationToken)
    {
        var revision = read.GetValue(Revision, BsonNull.Value);
        var document = changed.ToBsonDocument();
        document[Revision] = revision.IsBsonNull ? 1L : revision.AsInt64 + 1;
        var unchanged = new BsonDocument { ["_id"] = read["_id"], [Revision] = revision };
        return (await documents.ReplaceOneAsync(unchanged, document, cancellationToken: cancellationToken)).MatchedCount > 0;
    }

    private static IMongoCollection<BsonDocument> WithDocument<T>(this IMongoCollection<T> collection) =>
        collection.Database.GetCollection<BsonDocument>(collection.CollectionNamespace.CollectionName);

    private static BsonDocument ById(Guid id) => new("_id", new BsonBinaryData(id, GuidRepresentation.Standard));
}
