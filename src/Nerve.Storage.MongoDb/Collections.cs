using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

/// <summary>Where everything lies. A write is acknowledged when a majority has it in its journal, unless said otherwise.</summary>
internal sealed class Collections(IMongoDatabase database)
{
    public const string SamplesName = "samples";
    public const string FarSamplesName = "samples_far";

    public IMongoCollection<Agent> Agents { get; } = database.GetCollection<Agent>("agents");

    /// <summary>One document.</summary>
    public IMongoCollection<FleetSettings> FleetSettings { get; } = database.GetCollection<FleetSettings>("fleet_settings");

    public IMongoCollection<User> Users { get; } = database.GetCollection<User>("users");

    public IMongoCollection<ApiToken> ApiTokens { get; } = database.GetCollection<ApiToken>("api_tokens");

    public IMongoCollection<EnrolToken> EnrolTokens { get; } = database.GetCollection<EnrolToken>("enrol_tokens");

    public IMongoCollection<InventorySnapshot> Inventories { get; } = database.GetCollection<InventorySnapshot>("inventories");

    public IMongoCollection<SchemaDocument> Schemas { get; } = database.GetCollection<SchemaDocument>("metric_schemas");

    /// <summary>A time-series collection: no unique index, no transaction, so a sample that was sent twice is there twice; readers take the first.</summary>
    public IMongoCollection<SampleDocument> Samples { get; } = database.GetCollection<SampleDocument>(SamplesName);

    /// <summary>Samples of impossible days. One of them in <see cref="Samples"/> would stop the expiry of all others.</summary>
    /// <remarks>https://www.mongodb.com/docs/manual/core/timeseries/timeseries-limitations/ and SERVER-97368.</remarks>
    public IMongoCollection<SampleDocument> FarSamples { get; } = database.GetCollection<SampleDocument>(FarSamplesName);

    public IMongoCollection<StaleHour> StaleHours { get; } = database.GetCollection<StaleHour>("stale_hours");

    public IMongoCollection<NerveTask> Tasks { get; } = database.GetCollection<NerveTask>("tasks");

    public IMongoCollection<Run> Runs { get; } = database.GetCollection<Run>("runs");

    public IMongoCollection<OutputDocument> Outputs { get; } = database.GetCollection<OutputDocument>("run_outputs");

    public IMongoCollection<AuditEntry> Audit { get; } = database.GetCollection<AuditEntry>("audit");

    public IMongoCollection<AdditionDocument> Additions { get; } = database.GetCollection<AdditionDocument>("task_additions");

    /// <summary>One collection a level, for each has its own expiry.</summary>
    public IMongoCollection<RollUp> RollUps(RollUpLevel level) =>
        database.GetCollection<RollUp>(level == RollUpLevel.FiveMinutes ? "rollups_5m" : "rollups_1h");

    /// <summary>One document: which schema the database has.</summary>
    public IMongoCollection<BsonDocument> Version { get; } = database.GetCollection<BsonDocument>("schema");
}
