using System.Runtime.CompilerServices;
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

/// <summary>All of a database. A time-series collection cannot be read as of one moment, so what belongs together is read so that nothing refers to
/// what is not there: runs of the tasks that were read, output up to the length that was read, inventories and samples of the agents that were read.</summary>
internal sealed class MongoSnapshot(MongoStorage storage) : ISnapshot
{
    private readonly Collections _all = storage.Collections;
    private HashSet<Guid>? _agents;
    private HashSet<Guid>? _tasks;
    private Dictionary<Guid, long>? _stored;

    public IAsyncEnumerable<T> ReadAsync<T>(CancellationToken cancellationToken)
        where T : class => (IAsyncEnumerable<T>)Read(typeof(T), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private object Read(Type type, CancellationToken cancellationToken) => type switch
    {
        _ when type == typeof(User) => EachAsync(_all.Users, cancellationToken),
        _ when type == typeof(ApiToken) => EachAsync(_all.ApiTokens, cancellationToken),
        _ when type == typeof(EnrolToken) => EachAsync(_all.EnrolTokens, cancellationToken),
        _ when type == typeof(Agent) => AgentsAsync(cancellationToken),
        _ when type == typeof(FleetSettings) => EachAsync(_all.FleetSettings, cancellationToken),
        _ when type == typeof(InventorySnapshot) => OfAgentsAsync(_all.Inventories, inventory => inventory.AgentId, cancellationToken),
        _ when type == typeof(MetricSchema) => SchemasAsync(cancellationToken),
        _ when type == typeof(NerveTask) => TasksAsync(cancellationToken),
        _ when type == typeof(Run) => RunsAsync(cancellationToken),
        _ when type == typeof(RunOutput) => OutputsAsync(cancellationToken),
        _ when type == typeof(AuditEntry) => EachAsync(_all.Audit, cancellationToken),
        _ when type == typeof(StaleHour) => OfAgentsAsync(_all.StaleHours, stale => stale.AgentId, cancellationToken),
        _ when type == typeof(RollUp) => RollUpsAsync(cancellationToken),
        _ when type == typeof(StoredSample) => SamplesAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private async IAsyncEnumerable<Agent> AgentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _agents = [];
        await foreach (var agent in EachAsync(_all.Agents, cancellationToken))
        {
            _agents.Add(agent.Id);
            yield return agent;
        }
    }

    private async IAsyncEnumerable<MetricSchema> SchemasAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var schema in EachAsync(_all.Schemas, cancellationToken))
        {
            yield return new MetricSchema(schema.Id, schema.Series);
        }
    }

    private async IAsyncEnumerable<NerveTask> TasksAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _tasks = [];
        await foreach (var task in EachAsync(_all.Tasks, cancellationToken))
        {
            _tasks.Add(task.Id);
            yield return task;
        }
    }

    private async IAsyncEnumerable<Run> RunsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tasks = await SeenAsync(_tasks, TasksAsync, task => task.Id, cancellationToken);
        _stored = [];
        await foreach (var run in EachAsync(_all.Runs, cancellationToken))
        {
            if (tasks.Contains(run.TaskId))
            {
                _stored[run.Id] = run.StoredBytes;
                yield return run;
            }
        }
    }

    private async IAsyncEnumerable<RunOutput> OutputsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_stored is null)
        {
            await foreach (var _ in RunsAsync(cancellationToken))
            {
                // Only for their lengths.
            }
        }

        await foreach (var piece in EachAsync(_all.Outputs, cancellationToken))
        {
            if (_stored!.TryGetValue(piece.RunId, out var length) && piece.Offset < length)
            {
                yield return new RunOutput(piece.RunId, piece.Offset, piece.Stream, piece.At, piece.Data);
            }
        }
    }

    private async IAsyncEnumerable<RollUp> RollUpsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var level in RollUpLevels.All)
        {
            await foreach (var rollUp in OfAgentsAsync(_all.RollUps(level), rollUp => rollUp.AgentId, cancellationToken))
            {
                yield return rollUp;
            }
        }
    }

    private async IAsyncEnumerable<T> OfAgentsAsync<T>(
        IMongoCollection<T> collection, Func<T, Guid> agent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var agents = await SeenAsync(_agents, AgentsAsync, seen => seen.Id, cancellationToken);
        await foreach (var document in EachAsync(collection, cancellationToken))
        {
            if (agents.Contains(agent(document)))
            {
                yield return document;
            }
        }
    }

    /// <summary>Agent by agent, for of several documents of one moment only the first counts.</summary>
    private async IAsyncEnumerable<StoredSample> SamplesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var agent in await SeenAsync(_agents, AgentsAsync, agent => agent.Id, cancellationToken))
        {
            foreach (var source in new[] { _all.Samples, _all.FarSamples })
            {
                SampleDocument? last = null;
                var ofAgent = source.Find(Builders<SampleDocument>.Filter.Eq(sample => sample.Agent, agent)).SortBy(sample => sample.At);
                using var cursor = await ofAgent.ToCursorAsync(cancellationToken);
                while (await cursor.MoveNextAsync(cancellationToken))
                {
                    foreach (var sample in cursor.Current)
                    {
                        if (last?.At != sample.At)
                        {
                            if (last is not null)
                            {
                                yield return Stored(last);
                            }

                            last = sample;
                        }
                        else if (sample.Id < last.Id)
                        {
                            last = sample;
                        }
                    }
                }

                if (last is not null)
                {
                    yield return Stored(last);
                }
            }
        }
    }

    /// <summary>What was read of this snapshot before, or is read for this.</summary>
    private static async Task<HashSet<Guid>> SeenAsync<T>(
        HashSet<Guid>? seen, Func<CancellationToken, IAsyncEnumerable<T>> read, Func<T, Guid> id, CancellationToken cancellationToken) =>
        seen ?? await read(cancellationToken).Select(id).ToHashSetAsync(cancellationToken: cancellationToken);

    private static StoredSample Stored(SampleDocument sample) => new(sample.Agent, sample.At, sample.Schema, sample.Values);

    private static async IAsyncEnumerable<T> EachAsync<T>(IMongoCollection<T> collection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cursor = await collection.Find(Builders<T>.Filter.Empty).ToCursorAsync(cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var document in cursor.Current)
            {
                yield return document;
            }
        }
    }
}
