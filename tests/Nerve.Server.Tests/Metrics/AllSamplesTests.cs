using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Metrics;

public sealed class AllSamplesTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Of a host with very many series few samples are in memory at once.</summary>
    [Theory]
    [InlineData(1, 5000)]
    [InlineData(40, 5000)]
    [InlineData(1024, 1600)]
    [InlineData(MetricSchema.MaxSeries, 400)]
    public async Task ReadAllAsync_LongRange_ReadsEachSampleOnce_AndFewAtOnceOfLargeOnes(int values, int largest)
    {
        var store = new WideStore(count: 12_000, values);

        var times = new List<DateTimeOffset>();
        await foreach (var sample in store.ReadAllAsync(Guid.Empty, s_start, s_start.AddDays(2), 5000, TestCenter.Cancelled))
        {
            times.Add(sample.At);
        }

        Assert.Equal(Enumerable.Range(0, 12_000).Select(i => s_start.AddSeconds(10 * i)), times);
        Assert.Equal((400, largest), (store.Limits[0], store.Limits.Max()));
    }

    private sealed class WideStore(int count, int values) : IMetricStore
    {
        private readonly double?[] _values = new double?[values];

        public List<int> Limits { get; } = [];

        public Task<IReadOnlyList<MetricSample>> ReadAsync(
            Guid agentId, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken)
        {
            Limits.Add(limit);
            return Task.FromResult<IReadOnlyList<MetricSample>>(
                [.. Enumerable.Range(0, count).Select(i => s_start.AddSeconds(10 * i)).Where(at => at >= from && at < to).Take(limit)
                    .Select(at => new MetricSample(at, "wide", _values))]);
        }

        public Task AddSchemaAsync(MetricSchema schema, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MetricSchema?> FindSchemaAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MetricSample?> LatestAsync(Guid agentId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<int> PruneAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
