using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Portable;

namespace Nerve.Storage.MongoDb;

/// <summary>The note of a copy or restore that is not at its end: a document beside the schema's version.</summary>
internal static class FillingNote
{
    private const string Source = "source";
    private const string Command = "command";
    private const string Since = "since";

    private static readonly BsonDocument s_key = new("_id", "filling");

    public static Task WriteAsync(Collections collections, Filling filling, CancellationToken cancellationToken) =>
        collections.Version.ReplaceOneAsync(
            s_key,
            new BsonDocument(s_key) { [Source] = filling.Source, [Command] = filling.Command, [Since] = filling.Since.UtcDateTime },
            new ReplaceOptions { IsUpsert = true },
            cancellationToken);

    public static Task RemoveAsync(Collections collections, CancellationToken cancellationToken) =>
        collections.Version.DeleteOneAsync(s_key, cancellationToken);

    public static async Task<Filling?> FindAsync(Collections collections, CancellationToken cancellationToken) =>
        await collections.Version.Find(s_key).FirstOrDefaultAsync(cancellationToken) is { } note
            ? new Filling(note[Source].AsString, note[Command].AsString, note[Since].ToUniversalTime())
            : null;
}
