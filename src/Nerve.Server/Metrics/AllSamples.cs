using System.Runtime.CompilerServices;
using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

internal static class AllSamples
{
    /// <summary>All samples of a range, read by pages of <paramref name="pageSize"/>, so that never more are in memory.</summary>
    public static async IAsyncEnumerable<MetricSample> ReadAllAsync(
        this IMetricStore store, Guid agentId, DateTimeOffset from, DateTimeOffset to, int pageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await store.ReadAsync(agentId, from, to, pageSize, cancellationToken);
            foreach (var sample in page)
            {
                yield return sample;
            }

            if (page.Count < pageSize)
            {
                yield break;
            }

            from = page[^1].At.AddMilliseconds(1);
        }
    }
}
