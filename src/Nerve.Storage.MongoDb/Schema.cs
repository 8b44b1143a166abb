using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Agents;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Collections and indexes. Making them again changes nothing, and several centers may do it at once.</summary>
internal static class Schema
{
    /// <summary>Counts up with every change that an older program must not work with.</summary>
    public const int Version = 5;

    /// <summary>Before it, a task had one run on a host.</summary>
    private const int WithAttempts = 5;

    /// <summary>Before it, copies and restores left them out.</summary>
    private const int WithWordsOfEveryTask = 3;

    private const string VersionId = "version";
    private const string VersionField = "value";

    /// <exception cref="DatabaseException">A newer program has been at this database.</exception>
    public static async Task<bool> IsCurrentAsync(Collections collections, string name, CancellationToken cancellationToken)
    {
        var found = await VersionAsync(collections, cancellationToken);
        EnsureNotNewer(found, name);
        return found == Version;
    }

    /// <exception cref="DatabaseException">A newer program has been at this database: an older one could do it harm.</exception>
    public static async Task EnsureAsync(
        IMongoDatabase database, Collections collections, RetentionSettings? expiry, bool leavesExpiry, string name, CancellationToken cancellationToken)
    {
        var found = await VersionAsync(collections, cancellationToken);
        EnsureNotNewer(found, name);
        await EnsureIndexesAsync(collections, cancellationToken);
        if (found is > 0 and < WithAttempts)
        {
            await DropAsync(collections.Runs, "taskId_1_agentId_1", cancellationToken);
        }

        if (found < WithWordsOfEveryTask)
        {
            await TaskWords.CompleteAsync(collections, cancellationToken);
        }

        if (!leavesExpiry || found == 0)
        {
            await EnsureExpiryAsync(database, collections, expiry, cancellationToken);
        }

        await collections.Version.UpdateOneAsync(
            new BsonDocument("_id", VersionId),
            Builders<BsonDocument>.Update.Max(VersionField, Version),
            new UpdateOptions { IsUpsert = true },
            cancellationToken);
    }

    private static async Task EnsureExpiryAsync(
        IMongoDatabase database, Collections collections, RetentionSettings? expiry, CancellationToken cancellationToken)
    {
        await SampleExpiry.EnsureAsync(database, expiry?.Samples, cancellationToken);
        foreach (var level in RollUpLevels.All)
        {
            await Expiry.EnsureAsync(collections.RollUps(level), "hour", expiry?.Of(level), cancellationToken);
            if (expiry is null)
            {
                await collections.RollUps(level).Indexes.CreateOneAsync(Plain<RollUp>("hour"), cancellationToken: cancellationToken);
            }
        }
    }

    /// <summary>0 for a new database.</summary>
    private static async Task<int> VersionAsync(Collections collections, CancellationToken cancellationToken) =>
        await collections.Version.Find(new BsonDocument("_id", VersionId)).FirstOrDefaultAsync(cancellationToken) is { } document
            ? document[VersionField].ToInt32()
            : 0;

    private static void EnsureNotNewer(int version, string name)
    {
        if (version > Version)
        {
            throw new DatabaseException(
                $"The database {name} is newer than this program (it has the schema {version}, this program knows {Version}): use the newer nerve-center, or restore a backup.");
        }
    }

    private static async Task EnsureIndexesAsync(Collections collections, CancellationToken cancellationToken)
    {
        await EnsureAsync(collections.Agents, Unique<Agent>("credentialHash"), Plain<Agent>("fingerprint"));
        await EnsureAsync(collections.Users, Unique<User>("username"));
        await EnsureAsync(collections.ApiTokens, Unique<ApiToken>("secretHash"));
        await EnsureAsync(collections.EnrolTokens, Unique<EnrolToken>("secretHash"));
        await EnsureAsync(collections.Inventories, Unique<InventorySnapshot>("agentId", "collectedAt"));
        foreach (var level in RollUpLevels.All)
        {
            await EnsureAsync(collections.RollUps(level), Unique<RollUp>("agentId", "hour"));
        }

        await EnsureAsync(collections.StaleHours, Unique<StaleHour>("agentId", "hour"), Plain<StaleHour>("hour"));
        await EnsureAsync(collections.FarSamples, Unique<SampleDocument>("agent", "at"));
        await EnsureAsync(
            collections.Tasks,
            new CreateIndexModel<NerveTask>(
                Keys<NerveTask>("createdBy", "idempotencyKey"),
                new CreateIndexOptions<NerveTask>
                {
                    Unique = true,
                    PartialFilterExpression = Builders<NerveTask>.Filter.Exists("idempotencyKey"),
                }),
            Plain<NerveTask>("state", "_id"));
        await EnsureAsync(
            collections.Runs,
            Unique<Run>("taskId", "agentId", "attempt"),
            Plain<Run>("taskId", "state", "_id"),
            Plain<Run>("agentId", "state", "_id"));
        await EnsureAsync(
            collections.Audit, Plain<AuditEntry>("actor", "_id"), Plain<AuditEntry>("action", "_id"), Plain<AuditEntry>("target", "_id"));
        await EnsureAsync(collections.Outputs, Unique<OutputDocument>("runId", "offset"), Plain<OutputDocument>("at"));

        Task EnsureAsync<T>(IMongoCollection<T> collection, params CreateIndexModel<T>[] indexes) =>
            collection.Indexes.CreateManyAsync(indexes, cancellationToken);
    }

    private static async Task DropAsync<T>(IMongoCollection<T> collection, string index, CancellationToken cancellationToken)
    {
        try
        {
            await collection.Indexes.DropOneAsync(index, cancellationToken);
        }
        catch (MongoCommandException exception) when (exception.CodeName == "IndexNotFound")
        {
            // Another center was faster.
        }
    }

    private static CreateIndexModel<T> Plain<T>(params string[] fields) => new(Keys<T>(fields));

    private static CreateIndexModel<T> Unique<T>(params string[] fields) => new(Keys<T>(fields), new CreateIndexOptions { Unique = true });

    private static IndexKeysDefinition<T> Keys<T>(params string[] fields) =>
        Builders<T>.IndexKeys.Combine(fields.Select(field => Builders<T>.IndexKeys.Ascending(field)));
}
