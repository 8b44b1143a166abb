using MongoDB.Bson;
using MongoDB.Driver;

namespace Nerve.Storage.MongoDb;

/// <summary>Looks for documents that belong to nothing, and for output that lost a piece.</summary>
internal static class DatabaseCheck
{
    private const int Most = 10;

    public static async Task<IReadOnlyList<string>> RunAsync(Collections collections, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        foreach (var run in await RunsWithoutTaskAsync(collections, cancellationToken))
        {
            damage.Add($"task {Id(run["taskId"])} is missing but has runs");
        }

        foreach (var output in await OutputsWithGapsAsync(collections, cancellationToken))
        {
            damage.Add($"the output of run {Id(output["_id"])} ends at {output["bytes"]}, not at {output["run"][0]["storedBytes"]}");
        }

        return damage;
    }

    private static Task<List<BsonDocument>> RunsWithoutTaskAsync(Collections collections, CancellationToken cancellationToken) =>
        collections.Runs.Aggregate(Patient)
            .AppendStage<BsonDocument>(Lookup(collections.Tasks.CollectionNamespace.CollectionName, "taskId", "task", "_id"))
            .Match(new BsonDocument("task", new BsonArray()))
            .Limit(Most)
            .ToListAsync(cancellationToken);

    /// <summary>A piece right at the stored length is not lost: its writer died, and the next one goes on behind it.</summary>
    private static Task<List<BsonDocument>> OutputsWithGapsAsync(Collections collections, CancellationToken cancellationToken)
    {
        var stored = new BsonDocument("$first", "$run.storedBytes");
        return collections.Outputs.Aggregate(Patient)
            .Group<BsonDocument>(new BsonDocument
            {
                ["_id"] = "$runId",
                ["bytes"] = new BsonDocument("$sum", new BsonDocument("$binarySize", "$data")),
                ["last"] = new BsonDocument("$max", "$offset"),
            })
            .AppendStage<BsonDocument>(Lookup(collections.Runs.CollectionNamespace.CollectionName, "_id", "run", "storedBytes"))
            .Match(new BsonDocument("$expr", new BsonDocument("$and", new BsonArray
            {
                new BsonDocument("$ne", new BsonArray { "$bytes", stored }),
                new BsonDocument("$ne", new BsonArray { "$last", stored }),
                new BsonDocument("$ne", new BsonArray { "$run", new BsonArray() }),
            })))
            .Limit(Most)
            .ToListAsync(cancellationToken);
    }

    private static AggregateOptions Patient => new() { AllowDiskUse = true };

    private static BsonDocument Lookup(string from, string local, string into, string field) => new("$lookup", new BsonDocument
    {
        ["from"] = from,
        ["localField"] = local,
        ["foreignField"] = "_id",
        ["pipeline"] = new BsonArray { new BsonDocument("$project", new BsonDocument(field, 1)) },
        ["as"] = into,
    });

    private static Guid Id(BsonValue value) => value.AsBsonBinaryData.ToGuid(GuidRepresentation.Standard);
}
