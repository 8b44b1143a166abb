using MongoDB.Driver;
using Nerve.Server.Agents;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Tasks;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoAgentStore(MongoStorage storage) : IAgentStore
{
    private const int RunsAtOnce = 1000;

    private static readonly FilterDefinitionBuilder<Agent> s_where = Builders<Agent>.Filter;

    private readonly IMongoCollection<Agent> _agents = storage.Collections.Agents;

    public Task AddAsync(Agent agent, CancellationToken cancellationToken) =>
        storage.RunAsync(() => _agents.InsertOneAsync(agent, cancellationToken: cancellationToken));

    public Task<Agent?> FindAsync(Guid id, CancellationToken cancellationToken) => FindAsync(s_where.Eq(agent => agent.Id, id), cancellationToken);

    public Task<IReadOnlyList<Agent>> FindManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Agent>>(async () => await _agents.Find(s_where.In(agent => agent.Id, ids)).ToListAsync(cancellationToken));

    public Task<Agent?> FindByCredentialAsync(string credentialHash, CancellationToken cancellationToken) =>
        FindAsync(s_where.Eq(agent => agent.CredentialHash, credentialHash), cancellationToken);

    public Task<Agent?> FindByFingerprintAsync(string fingerprint, CancellationToken cancellationToken) =>
        storage.ReadAsync<Agent?>(async () => await _agents.Find(s_where.Eq(agent => agent.Fingerprint, fingerprint))
            .SortByDescending(agent => agent.LastSeenAt).ThenByDescending(agent => agent.Id)
            .FirstOrDefaultAsync(cancellationToken));

    public Task<IReadOnlyList<Agent>> PageAsync(Guid? after, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<Agent>>(async () => await _agents
            .Find(after is { } place ? s_where.Gt(agent => agent.Id, place) : s_where.Empty)
            .SortBy(agent => agent.Id).Limit(limit).ToListAsync(cancellationToken));

    public Task<Agent?> UpdateAsync(Guid id, Func<Agent, Agent> change, CancellationToken cancellationToken) =>
        storage.RunAsync(async () => (await _agents.ChangeAsync(id, old => change(old) with { Id = id }, cancellationToken)).Changed);

    /// <remarks>Not cancelled once it has begun, or half of it would be written.</remarks>
    public Task SetStatusAsync(IReadOnlyCollection<StatusChange> changes, CancellationToken cancellationToken) => storage.RunAsync(async () =>
    {
        // Of one agent the last change counts, so each needs one write and their order does not matter.
        var updates = changes.GroupBy(change => change.AgentId).Select(group => group.Last()).Select(change => new UpdateOneModel<Agent>(
            s_where.Eq(agent => agent.Id, change.AgentId),
            Builders<Agent>.Update.Set(agent => agent.Status, change.Status).Set(agent => agent.StatusSince, change.At).CountUp())).ToList();
        cancellationToken.ThrowIfCancellationRequested();
        if (updates.Count > 0)
        {
            await _agents.BulkWriteAsync(updates, new BulkWriteOptions { IsOrdered = false }, CancellationToken.None);
        }
    });

    /// <remarks>The agent goes first: a heartbeat that comes meanwhile finds none. What follows is not cancelled half-way, and can be repeated.</remarks>
    public Task<bool> DeleteAsync(Guid id, DateTimeOffset at, CancellationToken cancellationToken) => storage.RunAsync(async () =>
    {
        var known = (await _agents.DeleteOneAsync(s_where.Eq(agent => agent.Id, id), cancellationToken)).DeletedCount > 0;
        var collections = storage.Collections;
        await collections.Samples.DeleteManyAsync(sample => sample.Agent == id, CancellationToken.None);
        await collections.FarSamples.DeleteManyAsync(sample => sample.Agent == id, CancellationToken.None);
        foreach (var level in RollUpLevels.All)
        {
            await collections.RollUps(level).DeleteManyAsync(rollUp => rollUp.AgentId == id, CancellationToken.None);
        }

        await collections.StaleHours.DeleteManyAsync(stale => stale.AgentId == id, CancellationToken.None);
        await collections.Inventories.DeleteManyAsync(inventory => inventory.AgentId == id, CancellationToken.None);
        await DeleteRunsAsync(id, at);
        return known;
    });

    private async Task DeleteRunsAsync(Guid agentId, DateTimeOffset at)
    {
        var (runs, outputs) = (storage.Collections.Runs, storage.Collections.Outputs);
        var all = await runs.Find(run => run.AgentId == agentId)
            .Project(run => new { run.Id, run.TaskId, run.State }).ToListAsync();
        foreach (var some in all.Chunk(RunsAtOnce))
        {
            var ids = some.Select(run => run.Id);
            await outputs.DeleteManyAsync(Builders<OutputDocument>.Filter.In(piece => piece.RunId, ids));
            await runs.DeleteManyAsync(Builders<Run>.Filter.In(run => run.Id, ids));
        }

        foreach (var task in all.Where(run => RunTransitions.Unfinished.Contains(run.State)).Select(run => run.TaskId))
        {
            await TaskProgress.FollowRunsAsync(storage.Collections, task, at);
        }
    }

    private Task<Agent?> FindAsync(FilterDefinition<Agent> which, CancellationToken cancellationToken) =>
        storage.ReadAsync<Agent?>(async () => await _agents.Find(which).FirstOrDefaultAsync(cancellationToken));
}
