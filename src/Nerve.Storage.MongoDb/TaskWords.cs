using System.Globalization;
using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>The text that a search of tasks looks into, with its ASCII letters in lower case: their case does not matter, that of others does.</summary>
internal static class TaskWords
{
    private const string Field = "words";

    /// <summary>How a task lies in the database: with its words. Whoever adds one adds this.</summary>
    public static BsonDocument Document(NerveTask task)
    {
        var document = task.ToBsonDocument();
        document[Field] = Lower(task.SearchText);
        return document;
    }

    /// <summary>The tasks as they lie there.</summary>
    public static IMongoCollection<BsonDocument> Documents(Collections collections) =>
        collections.Tasks.Database.GetCollection<BsonDocument>(collections.Tasks.CollectionNamespace.CollectionName);

    /// <summary>Gives words to tasks that have none.</summary>
    public static async Task CompleteAsync(Collections collections, CancellationToken cancellationToken)
    {
        var wordless = Builders<NerveTask>.Filter.Exists(Field, exists: false);
        using var cursor = await collections.Tasks.Find(wordless).ToCursorAsync(cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var task in cursor.Current)
            {
                await collections.Tasks.UpdateOneAsync(
                    found => found.Id == task.Id, Builders<NerveTask>.Update.Set(Field, Lower(task.SearchText)), cancellationToken: cancellationToken);
            }
        }
    }

    public static FilterDefinition<NerveTask> Contain(string text) =>
        Builders<NerveTask>.Filter.Regex(Field, new BsonRegularExpression(Literally(Lower(text))));

    private static string Lower(string text) =>
        string.Create(text.Length, text, (lower, original) =>
        {
            for (var i = 0; i < lower.Length; i++)
            {
                lower[i] = char.IsAsciiLetterUpper(original[i]) ? (char)(original[i] | 0x20) : original[i];
            }
        });

    /// <summary>A pattern that matches just this text. BSON's patterns end at a NUL, so it too is written as a number.</summary>
    private static string Literally(string text)
    {
        var pattern = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.IsAscii && !Rune.IsLetterOrDigit(rune)
                ? pattern.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}")
                : pattern.Append(rune);
        }

        return pattern.ToString();
    }
}
