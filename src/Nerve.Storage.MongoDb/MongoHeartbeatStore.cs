using MongoDB.Bson;
using MongoDB.Driver;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;

namespace Nerve.Storage.MongoDb;

/// <summary>The hot path: one bulk of updates for the signs of life, one of inserts for the samples.</summary>
/// <remarks>A time-series collection takes part in no transaction. So a batch is looked through before its first write, never cancelled after it,
/// and repeated by its caller when the server went away in between: then signs of life only move forward, and of a sample that is there twice
/// readers take the first.</remarks>
internal sealed class MongoHeartbeatStore(MongoStorage storage, TimeProvider time) : IHeartbeatStore
{
    private static readonly BulkWriteOptions s_anyOrder = new() { IsOrdered = false };
    private static readonly InsertManyOptions s_insertAnyOrder = new() { IsOrdered = false };

    /// <summary>Not waiting for a majority: the next heartbeat repeats what a lost one said.</summary>
    private readonly IMongoCollection<Agent> _agents = storage.Collections.Agents.WithWriteConcern(WriteConcern.W1);

    public Task<IReadOnlySet<Guid>> WriteAsync(IReadOnlyList<HeartbeatWrite> batch, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<Guid, DateTimeOffset>(batch.Count);
        var samples = new Dictionary<(Guid Agent, DateTimeOffset At), MetricSample>(batch.Count);
        foreach (var heartbeat in batch)
        {
            seen[heartbeat.AgentId] = seen.TryGetValue(heartbeat.AgentId, out var before) && before > heartbeat.At ? before : heartbeat.At;
            foreach (var sample in heartbeat.Samples)
            {
                samples.TryAdd((heartbeat.AgentId, sample.At), sample);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return seen.Count == 0 ? Task.FromResult<IReadOnlySet<Guid>>(new HashSet<Guid>()) : storage.RunAsync(async () =>
        {
            var unknown = await TouchAsync(seen);
            await MongoRollUpStore.MarkAsync(
                storage.Collections.StaleHours, batch.SelectMany(heartbeat => heartbeat.StaleHours).Where(stale => !unknown.Contains(stale.AgentId)));
            await InsertAsync([.. samples.Where(sample => !unknown.Contains(sample.Key.Agent)).Select(sample => Document(sample.Key.Agent, sample.Value))]);
            return unknown;
        });
    }

    /// <summary>Never an upsert: who is not there stays away.</summary>
    /// <returns>Who is not there.</returns>
    private async Task<IReadOnlySet<Guid>> TouchAsync(Dictionary<Guid, DateTimeOffset> seen)
    {
        var touches = seen.Select(beat => new UpdateOneModel<Agent>(
            Builders<Agent>.Filter.Eq(agent => agent.Id, beat.Key),
            Builders<Agent>.Update.Max(agent => agent.LastSeenAt, beat.Value).CountUp()));
        var result = await _agents.BulkWriteAsync(touches, s_anyOrder);
        if (result.MatchedCount == seen.Count)
        {
            return new HashSet<Guid>();
        }

        var known = await _agents.Find(Builders<Agent>.Filter.In(agent => agent.Id, seen.Keys)).Project(agent => agent.Id).ToListAsync();
        return seen.Keys.Except(known).ToHashSet();
    }

    private async Task InsertAsync(IReadOnlyList<SampleDocument> samples)
    {
        var near = samples.Where(sample => SampleDays.IsNear(sample.At)).ToList();
        if (near.Count > 0)
        {
            await storage.Collections.Samples.InsertManyAsync(near, s_insertAnyOrder);
        }

        if (near.Count < samples.Count)
        {
            await InsertFarAsync(samples.Where(sample => !SampleDays.IsNear(sample.At)).Select(sample => sample with { StoredAt = time.GetUtcNow() }));
        }
    }

    private async Task InsertFarAsync(IEnumerable<SampleDocument> samples)
    {
        try
        {
            await storage.Collections.FarSamples.InsertManyAsync(samples, s_insertAnyOrder);
        }
        catch (MongoBulkWriteException exception) when (Failures.IsDuplicate(exception))
        {
            // These were repeated.
        }
    }

    private static SampleDocument Document(Guid agent, MetricSample sample) =>
        new(ObjectId.GenerateNewId(), agent, sample.At, sample.Schema, PackedValues.Pack(sample.Values));
}
