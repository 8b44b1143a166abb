using MongoDB.Driver;
using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;

namespace Nerve.Storage.MongoDb;

internal sealed class MongoMetricStore(MongoStorage storage, TimeProvider time) : IMetricStore
{
    private const int MostAtOnce = 10_000;

    /// <summary>The server's own expiry removes whole buckets of up to an hour; pruning must not race it for the newest of them.</summary>
    private static readonly TimeSpan s_leftToTheServer = TimeSpan.FromDays(1);

    private static readonly TimeSpan s_recent = TimeSpan.FromHours(1);

    private static readonly FilterDefinitionBuilder<SampleDocument> s_where = Builders<SampleDocument>.Filter;

    private readonly IMongoCollection<SampleDocument> _near = storage.Collections.Samples;
    private readonly IMongoCollection<SampleDocument> _far = storage.Collections.FarSamples;

    public async Task AddSchemaAsync(MetricSchema schema, CancellationToken cancellationToken)
    {
        try
        {
            await storage.RunAsync(() => storage.Collections.Schemas.InsertOneAsync(
                new SchemaDocument(schema.Id, schema.Series), cancellationToken: cancellationToken));
        }
        catch (UniqueConflictException)
        {
            // Equal machines send equal schemas.
        }
    }

    public Task<MetricSchema?> FindSchemaAsync(string id, CancellationToken cancellationToken) => storage.ReadAsync(async () =>
        await storage.Collections.Schemas.Find(schema => schema.Id == id).FirstOrDefaultAsync(cancellationToken) is { } found
            ? new MetricSchema(found.Id, found.Series)
            : null);

    public Task<IReadOnlyList<MetricSample>> ReadAsync(
        Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        storage.ReadAsync<IReadOnlyList<MetricSample>>(async () =>
        {
            var samples = new List<MetricSample>();
            await AddAsync(_far, from, Earlier(to, SampleDays.First));
            await AddAsync(_near, Later(from, SampleDays.First), Earlier(to, SampleDays.End));
            await AddAsync(_far, Later(from, SampleDays.End), to);
            return samples;

            async Task AddAsync(IMongoCollection<SampleDocument> source, DateTimeOffset begin, DateTimeOffset end)
            {
                if (begin < end && samples.Count < limit)
                {
                    var which = s_where.Eq(sample => sample.Agent, agentId) & s_where.Gte(sample => sample.At, begin) & s_where.Lt(sample => sample.At, end);
                    samples.AddRange((await FirstOfEachAsync(source, which, limit - samples.Count, cancellationToken)).Select(Sample));
                }
            }
        });

    public Task<MetricSample?> LatestAsync(Guid agentId, CancellationToken cancellationToken) => storage.ReadAsync(async () =>
    {
        var ofAgent = s_where.Eq(sample => sample.Agent, agentId);
        var newest = await NewestAsync(_far, ofAgent & s_where.Gte(sample => sample.At, SampleDays.End))
            ?? await NewestAsync(_near, ofAgent & s_where.Gte(sample => sample.At, time.GetUtcNow() - s_recent)) // a bucket or two, not all of a week
            ?? await NewestAsync(_near, ofAgent)
            ?? await NewestAsync(_far, ofAgent);
        return newest is null ? null : Sample(newest);

        async Task<SampleDocument?> NewestAsync(IMongoCollection<SampleDocument> source, FilterDefinition<SampleDocument> which)
        {
            var newest = await source.Find(which).SortByDescending(sample => sample.At).Limit(2).ToListAsync(cancellationToken);
            return newest is [var one, var other] && one.At == other.At
                ? (await FirstOfEachAsync(source, ofAgent & s_where.Eq(sample => sample.At, one.At), 1, cancellationToken)).FirstOrDefault(one)
                : newest.FirstOrDefault();
        }
    });

    /// <remarks>Samples expire in the server; this removes what it does not: samples of impossible days, and those of a time before expiry was set.</remarks>
    public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => storage.RunAsync(async () =>
    {
        var last = before - s_leftToTheServer;
        var edge = await _near.Find(s_where.Lte(sample => sample.At, last))
            .SortBy(sample => sample.At).Skip(limit - 1).Project(sample => sample.At).Limit(1).ToListAsync(cancellationToken);
        var step = s_where.Lte(sample => sample.At, edge.Count > 0 ? edge[0] : last);
        var removed = (await _near.DeleteManyAsync(step, cancellationToken)).DeletedCount
            + (await _far.DeleteManyAsync(step, cancellationToken)).DeletedCount;
        return (int)removed;
    });

    /// <summary>In order of time, of each moment the sample that was stored first.</summary>
    private static async Task<List<SampleDocument>> FirstOfEachAsync(
        IMongoCollection<SampleDocument> source, FilterDefinition<SampleDocument> which, int limit, CancellationToken cancellationToken)
    {
        var samples = new List<SampleDocument>();
        using var cursor = await source.Find(which, new FindOptions { BatchSize = Math.Min(limit, MostAtOnce) + 1 }).SortBy(sample => sample.At).ToCursorAsync(cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var sample in cursor.Current)
            {
                if (samples.Count == 0 || samples[^1].At != sample.At)
                {
                    if (samples.Count == limit)
                    {
                        return samples;
                    }

                    samples.Add(sample);
                }
                else if (sample.Id < samples[^1].Id)
                {
                    samples[^1] = sample;
                }
            }
        }

        return samples;
    }

    private static MetricSample Sample(SampleDocument document) => new(document.At, document.Schema, PackedValues.Unpack(document.Values));

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
