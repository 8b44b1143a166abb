using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Adds records as they are; those that are there already are passed over. Only of samples a second one is added, which readers pass over.</summary>
internal static class MongoImport
{
    public static Task RunAsync<T>(Collections all, IReadOnlyList<T> records, DateTimeOffset now)
        where T : class => records switch
        {
            IReadOnlyList<User> users => AddAsync(all.Users, users),
            IReadOnlyList<ApiToken> tokens => AddAsync(all.ApiTokens, tokens),
            IReadOnlyList<EnrolToken> tokens => AddAsync(all.EnrolTokens, tokens),
            IReadOnlyList<Agent> agents => AddAsync(all.Agents, agents),
            IReadOnlyList<InventorySnapshot> inventories => AddAsync(all.Inventories, inventories),
            IReadOnlyList<MetricSchema> schemas => AddAsync(all.Schemas, [.. schemas.Select(schema => new SchemaDocument(schema.Id, schema.Series))]),
            IReadOnlyList<NerveTask> tasks => AddAsync(all.Tasks, tasks),
            IReadOnlyList<Run> runs => AddAsync(all.Runs, runs),
            IReadOnlyList<RunOutput> outputs => AddAsync(all.Outputs, [.. outputs.Select(Document)]),
            IReadOnlyList<StaleHour> hours => AddAsync(all.StaleHours, hours),
            IReadOnlyList<RollUp> rollUps => AddRollUpsAsync(all, rollUps),
            IReadOnlyList<StoredSample> samples => AddSamplesAsync(all, samples, now),
            _ => throw new ArgumentOutOfRangeException(nameof(records)),
        };

    private static async Task AddRollUpsAsync(Collections all, IReadOnlyList<RollUp> rollUps)
    {
        foreach (var level in rollUps.GroupBy(rollUp => rollUp.Level))
        {
            await AddAsync(all.RollUps(level.Key), [.. level]);
        }
    }

    private static async Task AddSamplesAsync(Collections all, IReadOnlyList<StoredSample> samples, DateTimeOffset now)
    {
        await AddAsync(all.Samples, [.. samples.Where(sample => SampleDays.IsNear(sample.At)).Select(Document)]);
        await AddAsync(all.FarSamples, [.. samples.Where(sample => !SampleDays.IsNear(sample.At)).Select(sample => Document(sample) with { StoredAt = now })]);
    }

    private static async Task AddAsync<T>(IMongoCollection<T> collection, IReadOnlyList<T> documents)
    {
        if (documents.Count == 0)
        {
            return;
        }

        try
        {
            await collection.InsertManyAsync(documents, new InsertManyOptions { IsOrdered = false });
        }
        catch (MongoBulkWriteException exception) when (Failures.IsDuplicate(exception))
        {
            // They are there.
        }
    }

    private static OutputDocument Document(RunOutput output) =>
        new(ObjectId.GenerateNewId(), output.RunId, output.Offset, output.Stream, output.At, output.Data);

    private static SampleDocument Document(StoredSample sample) =>
        new(ObjectId.GenerateNewId(), sample.AgentId, sample.At, sample.Schema, sample.Values);
}
