using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

/// <param name="Name">The series.</param>
/// <param name="Points">Pairs of Unix milliseconds and value, one per step, oldest first; the value is the mean of the step's samples,
/// null where there were samples without a value. Steps without any sample are left out.</param>
public sealed record Series(string Name, IReadOnlyList<double?[]> Points);

public sealed record SeriesRange(DateTimeOffset From, DateTimeOffset To, double StepSeconds, IReadOnlyList<Series> Series);

/// <summary>Reads samples and thins them to what a chart can show.</summary>
public sealed class MetricService(IMetricStore store, SchemaCatalogue schemas)
{
    private const int ChunkSize = 5000;

    public async Task<SeriesRange> QueryAsync(Guid agentId, MetricQuery query, CancellationToken cancellationToken)
    {
        var step = (long)query.Step.TotalMilliseconds;
        var series = new SortedDictionary<string, SortedDictionary<long, Mean>>(StringComparer.Ordinal);
        var from = query.From;
        while (true)
        {
            var samples = await store.ReadAsync(agentId, from, query.To, ChunkSize, cancellationToken);
            foreach (var sample in samples)
            {
                await AddAsync(sample);
            }

            if (samples.Count < ChunkSize)
            {
                return new SeriesRange(query.From, query.To, query.Step.TotalSeconds, [.. series.Select(entry => Finish(entry.Key, entry.Value))]);
            }

            from = samples[^1].At.AddMilliseconds(1);
        }

        async Task AddAsync(MetricSample sample)
        {
            if (await schemas.FindAsync(sample.Schema, cancellationToken) is not { } schema)
            {
                return;
            }

            var bucket = sample.At.ToUnixTimeMilliseconds() / step * step;
            for (var i = 0; i < schema.Series.Count; i++)
            {
                if (query.Wants(schema.Series[i]))
                {
                    Bucket(schema.Series[i], bucket).Add(sample.Values[i]);
                }
            }
        }

        Mean Bucket(string name, long bucket)
        {
            if (!series.TryGetValue(name, out var buckets))
            {
                series[name] = buckets = [];
            }

            if (!buckets.TryGetValue(bucket, out var mean))
            {
                buckets[bucket] = mean = new Mean();
            }

            return mean;
        }
    }

    private static Series Finish(string name, SortedDictionary<long, Mean> buckets) =>
        new(name, [.. buckets.Select(bucket => new double?[] { bucket.Key, bucket.Value.Value })]);

    private sealed class Mean
    {
        private double _sum;
        private int _count;

        public double? Value => _count > 0 && double.IsFinite(_sum) ? Math.Round(_sum / _count, 4) : null;

        public void Add(double? value)
        {
            if (value is { } number)
            {
                _sum += number;
                _count++;
            }
        }
    }
}
