using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Metrics;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Adds records as they are; those that are there already are passed over. Samples have no unique key, so those that are there are looked
/// for before; of two that come at the same moment both are added, and readers take the first.</summary>
internal static class MongoImport
{
    public static Task RunAsync<T>(Collections all, IReadOnlyList<T> records, DateTimeOffset now)
        where T : class => records switch
        {
            IReadOnlyList<User> users => AddAsync(all.Users, users),
            IReadOnlyList<ApiToken> tokens => AddAsync(all.ApiTokens, tokens),
            IReadOnlyList<EnrolToken> tokens => AddAsync(all.EnrolTokens, tokens),
            IReadOnlyList<Agent> agents => AddAsync(all.Agents, agents),
            IReadOnlyList<FleetSettings> settings => AddAsync(all.FleetSettings, settings),
            IReadOnlyList<InventorySnapshot> inventories => AddAsync(all.Inventories, inventories),
            IReadOnlyList<MetricSchema> schemas => AddAsync(all.Schemas, [.. schemas.Select(schema => new SchemaDocument(schema.Id, schema.Series))]),
            IReadOnlyList<NerveTask> tasks => AddAsync(TaskWords.Documents(all), [.. tasks.Select(TaskWords.Document)]),
            IReadOnlyList<Run> runs => AddAsync(all.Runs, runs),
            IReadOnlyList<RunOutput> outputs => AddAsync(all.Outputs, [.. outputs.Select(Document)]),
            IReadOnlyList<AuditEntry> entries => AddAsync(all.Audit, entries),
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
        await AddNewAsync(all.Samples, [.. samples.Where(sample => SampleDays.IsNear(sample.At)).Select(Document)]);
        await AddNewAsync(all.FarSamples, [.. samples.Where(sample => !SampleDays.IsNear(sample.At)).Select(sample => Document(sample) with { StoredAt = now })]);
    }

    /// <summary>Records come one agent after the other or one moment after the other: what is there of these agents between these moments is little
    /// more than what comes.</summary>
    private static async Task AddNewAsync(IMongoCollection<SampleDocument> collection, IReadOnlyList<SampleDocument> documents)
    {
        if (documents.Count == 0)
        {
            return;
        }

        var filter = Builders<SampleDocument>.Filter;
        var known = await collection
            .Find(filter.In(document => document.Agent, documents.Select(document => document.Agent).Distinct())
                & filter.Gte(document => document.At, documents.Min(document => document.At))
                & filter.Lte(document => document.At, documents.Max(document => document.At)))
            .Project(document => new { document.Agent, document.At }).ToListAsync();
        await AddAsync(collection, [.. documents.ExceptBy(known, document => new { document.Agent, document.At })]);
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
