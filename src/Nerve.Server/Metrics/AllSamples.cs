using System.Runtime.CompilerServices;
using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

internal static class AllSamples
{
    /// <summary>Shows how many values a sample has: of one with as many as there may be, this page has 26 MB, and no other has more.</summary>
    private const int FirstPage = 400;

    /// <summary>All samples of a range, read by pages of at most <paramref name="pageSize"/>, so that never more are in memory.</summary>
    public static async IAsyncEnumerable<MetricSample> ReadAllAsync(
        this IMetricStore store, Guid agentId, DateTimeOffset from, DateTimeOffset to, int pageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var limit = Math.Min(FirstPage, pageSize);
        while (true)
        {
            var page = await store.ReadAsync(agentId, from, to, limit, cancellationToken);
            foreach (var sample in page)
            {
                yield return sample;
            }

            if (page.Count < limit)
            {
                yield break;
            }

            from = page[^1].At.AddMilliseconds(1);
            limit = Math.Clamp(FirstPage * MetricSchema.MaxSeries / Math.Max(1, page[^1].Values.Count), 1, pageSize);
        }
    }
}
