using MongoDB.Driver;
using Nerve.Server.Agents.Settings;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoAgentSettingsStore(MongoStorage storage) : IAgentSettingsStore
{
    private readonly IMongoCollection<FleetSettings> _settings = storage.Collections.FleetSettings;

    public Task<FleetSettings?> FindAsync(CancellationToken cancellationToken) =>
        storage.ReadAsync<FleetSettings?>(async () => await _settings.Find(Builders<FleetSettings>.Filter.Empty).FirstOrDefaultAsync(cancellationToken));

    public Task SaveAsync(FleetSettings settings, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _settings.ReplaceOneAsync(
            known => known.Id == settings.Id, settings, new ReplaceOptions { IsUpsert = true }, cancellationToken));
}
