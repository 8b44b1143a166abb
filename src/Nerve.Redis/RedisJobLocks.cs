using Medallion.Threading.Redis;
using Nerve.Server.Nodes;

namespace Nerve.Redis;

internal sealed class RedisJobLocks(RedisConnection redis) : IJobLocks
{
    private static readonly TimeSpan s_expiry = TimeSpan.FromSeconds(15);

    public async Task<IAsyncDisposable?> TryTakeAsync(string job, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.DoAsync(
                async database => await new RedisDistributedLock(RedisConnection.Key($"job:{job}"), database, options => options.Expiry(s_expiry))
                    .TryAcquireAsync(TimeSpan.Zero, cancellationToken),
                cancellationToken);
        }
        catch (NodesUnavailableException)
        {
            return null;
        }
    }
}
