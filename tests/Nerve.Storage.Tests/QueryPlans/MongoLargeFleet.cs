using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Storage.Contracts;

namespace Nerve.Storage.Tests.QueryPlans;

/// <summary>The <see cref="LargeFleet"/> as documents.</summary>
internal static class MongoLargeFleet
{
    private const int AtOnce = 10_000;

    private static readonly BsonDateTime s_now = new(Build.Now.ToUnixTimeMilliseconds());

    /// <param name="database">Migrated and empty.</param>
    /// <param name="share">How many of a thousand of the samples, runs and outputs.</param>
    public static async Task FillAsync(IMongoDatabase database, int share)
    {
        await InsertAsync("agents", LargeFleet.Agents, i => new()
        {
            ["_id"] = Id('A', i),
            ["hostname"] = $"host-{i}",
            ["credentialHash"] = $"credential-{i}",
            ["fingerprint"] = $"fingerprint-{i}",
            ["reportedLabels"] = new BsonArray(),
            ["assignedLabels"] = new BsonArray(),
            ["enrolledAt"] = s_now,
            ["lastSeenAt"] = s_now,
            ["status"] = "Offline",
            ["statusSince"] = s_now,
            ["facts"] = new BsonDocument("addresses", new BsonArray()),
        });
        await InsertAsync("samples", 1000 * share, i => new()
        {
            ["agent"] = Id('A', i / 100),
            ["at"] = new BsonDateTime(s_now.MillisecondsSinceEpoch - (i % 100 * 6_048_000L)),
            ["schema"] = "schema",
            ["values"] = new byte[16],
        });
        await InsertAsync("inventories", 20 * share, i => new()
        {
            ["agentId"] = Id('A', i / 2),
            ["collectedAt"] = new BsonDateTime(s_now.MillisecondsSinceEpoch - (i % 2 * 3_600_000L)),
            ["hash"] = "hash",
            ["document"] = "{}",
        });
        await InsertAsync("tasks", 5_000, i => new()
        {
            ["_id"] = Id('B', i),
            ["kind"] = "Command",
            ["name"] = "task",
            ["spec"] = Spec(),
            ["target"] = new BsonDocument("all", true),
            ["expiresAfterSeconds"] = 60,
            ["expiresAt"] = s_now,
            ["state"] = i > 4990 ? "Running" : "Succeeded",
            ["createdBy"] = "ada",
            ["createdAt"] = s_now,
            ["idempotencyKey"] = $"key-{i}",
            ["words"] = "task",
        });
        await InsertAsync("runs", 100_000, i => new()
        {
            ["_id"] = Id('C', i),
            ["taskId"] = Id('B', i / 20),
            ["agentId"] = Id('A', i % LargeFleet.Agents),
            ["hostname"] = "host",
            ["state"] = i > 99_900 ? "Running" : "Succeeded",
            ["outputBytes"] = 0L,
            ["outputTruncated"] = false,
            ["storedBytes"] = 16L,
        });
        await InsertAsync("run_outputs", 50 * share, i => new()
        {
            ["runId"] = Id('C', i),
            ["offset"] = 0L,
            ["stream"] = "Stdout",
            ["at"] = s_now,
            ["data"] = new byte[16],
        });
        await InsertAsync("audit", 20 * share, i => new()
        {
            ["_id"] = (long)i + 1,
            ["at"] = s_now,
            ["actor"] = $"user-{i % 2000}",
            ["via"] = "cookie",
            ["action"] = $"area.verb-{i % 200}",
            ["target"] = $"target-{i % 5000}",
            ["result"] = "ok",
            ["previous"] = "hash",
            ["hash"] = "hash",
        });
        await InsertAsync("users", 2_000, i => new()
        {
            ["_id"] = Id('D', i),
            ["username"] = $"user-{i}",
            ["passwordHash"] = "hash",
            ["role"] = "Viewer",
            ["createdAt"] = s_now,
            ["stamp"] = "stamp",
        });
        await InsertAsync("api_tokens", 2_000, Token);
        await InsertAsync("enrol_tokens", 2_000, i => Token(i).Add("uses", 0));

        async Task InsertAsync(string collection, int count, Func<int, BsonDocument> document)
        {
            foreach (var some in Enumerable.Range(0, count).Chunk(AtOnce))
            {
                await database.GetCollection<BsonDocument>(collection).InsertManyAsync(some.Select(document), new InsertManyOptions { IsOrdered = false });
            }
        }
    }

    private static BsonDocument Token(int i) => new()
    {
        ["_id"] = Id('D', i),
        ["name"] = "name",
        ["role"] = "Viewer",
        ["secretHash"] = $"secret-{i}",
        ["createdAt"] = s_now,
    };

    private static BsonDocument Spec() => new()
    {
        ["command"] = "/bin/true",
        ["args"] = new BsonArray(),
        ["env"] = new BsonArray(),
        ["timeoutSeconds"] = 60,
        ["outputLimitBytes"] = 1L,
    };

    private static BsonBinaryData Id(char kind, int number) => new(LargeFleet.Id(kind, number), GuidRepresentation.Standard);
}
