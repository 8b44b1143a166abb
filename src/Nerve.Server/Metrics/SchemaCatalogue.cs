using System.Collections.Concurrent;
using Nerve.Protocol.Metrics;
using Nerve.Server.Shared;

namespace Nerve.Server.Metrics;

/// <summary>The known schemas. A fleet of equal machines has a handful.</summary>
public sealed class SchemaCatalogue(IMetricStore store)
{
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>Agents that invent names without end must not fill the memory: beyond this, the schemas go that nobody used for longest.</summary>
    internal int Most { get; init; } = MostKept;

    public async ValueTask<MetricSchema?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Recall(id) is { } known)
        {
            return known;
        }

        var stored = await store.FindSchemaAsync(id, cancellationToken);
        return stored is null ? null : Keep(stored);
    }

    /// <summary>A sample with the names of its values; null: there is none, or its schema is not known.</summary>
    public async ValueTask<LatestValues?> ValuesOfAsync(MetricSample? sample, CancellationToken cancellationToken) =>
        sample is not null && await FindAsync(sample.Schema, cancellationToken) is { } schema ? new LatestValues(sample.At, schema, sample.Values) : null;

    /// <exception cref="ProblemException">The id is not the hash of the names, or there are too many, or a name is unusable.</exception>
    public async Task<MetricSchema> AddAsync(MetricSchema schema, CancellationToken cancellationToken)
    {
        if (Recall(schema.Id) is { } known)
        {
            return known;
        }

        Check(schema);
        await store.AddSchemaAsync(schema, cancellationToken);
        return Keep(schema);
    }

    /// <summary>A schema of the center's own making.</summary>
    public async Task KeepAsync(MetricSchema schema, CancellationToken cancellationToken)
    {
        if (await FindAsync(schema.Id, cancellationToken) is null)
        {
            await store.AddSchemaAsync(schema, cancellationToken);
            Keep(schema);
        }
    }

    private MetricSchema Keep(MetricSchema schema)
    {
        _known[schema.Id] = new Known(schema) { Used = Interlocked.Increment(ref _uses) };
        if (_known.Count > Most)
        {
            foreach (var (id, _) in _known.OrderBy(known => known.Value.Used).Take(Math.Max(1, Most / 10)))
            {
                _known.TryRemove(id, out _);
            }
        }

        return schema;
    }

    private MetricSchema? Recall(string id)
    {
        if (!_known.TryGetValue(id, out var known))
        {
            return null;
        }

        known.Used = Interlocked.Increment(ref _uses);
        return known.Schema;
    }

    private static void Check(MetricSchema schema)
    {
        if (schema.Series.Count > MetricSchema.MaxSeries)
        {
            throw Problems.Invalid("schema.series", $"has more than {MetricSchema.MaxSeries} names");
        }

        if (schema.Series.Any(name => name is null || name.Length is 0 or > MetricSchema.MaxNameLength || name.Any(char.IsControl)))
        {
            throw Problems.Invalid("schema.series", $"has a name that is empty, longer than {MetricSchema.MaxNameLength} or has control characters");
        }

        if (schema.Series.Distinct(StringComparer.Ordinal).Count() != schema.Series.Count)
        {
            throw Problems.Invalid("schema.series", "has the same name twice");
        }

        if (MetricSchema.IdOf(schema.Series) != schema.Id)
        {
            throw Problems.Invalid("schema.id", "is not the hash of the series");
        }
    }

    private sealed class Known(MetricSchema schema)
    {
        private long _used;

        public MetricSchema Schema => schema;

        /// <summary>The number of its latest use.</summary>
        public long Used
        {
            get => Volatile.Read(ref _used);
            set => Volatile.Write(ref _used, value);
        }
    }
}
