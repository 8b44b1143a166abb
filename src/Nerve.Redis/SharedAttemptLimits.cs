using System.Threading.RateLimiting;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using RedisRateLimiting;
using StackExchange.Redis;

namespace Nerve.Redis;

/// <summary>Attempts are counted over all nodes; by each for itself while Redis is away.</summary>
internal sealed class SharedAttemptLimits(RedisConnection redis) : IAttemptLimits
{
    private readonly AttemptLimits _alone = new();

    public RateLimiter Create(string what, int permits, TimeSpan window) => new Limiter(
        new RedisFixedWindowRateLimiter<string>(RedisConnection.Key($"limit:{what}"), new RedisFixedWindowRateLimiterOptions
        {
            ConnectionMultiplexerFactory = () => redis.Multiplexer,
            PermitLimit = permits,
            Window = window,
        }),
        _alone.Create(what, permits, window));

    private sealed class Limiter(RateLimiter shared, RateLimiter alone) : RateLimiter
    {
        public override TimeSpan? IdleDuration => alone.IdleDuration;

        public override RateLimiterStatistics? GetStatistics() => alone.GetStatistics();

        /// <summary>Nothing can be said without asking Redis: <see cref="AcquireAsyncCore"/> follows.</summary>
        protected override RateLimitLease AttemptAcquireCore(int permitCount) => permitCount == 0 ? alone.AttemptAcquire(0) : new NotYet();

        protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
        {
            try
            {
                return await shared.AcquireAsync(permitCount, cancellationToken);
            }
            catch (Exception away) when (away is RedisException or TimeoutException or NodesUnavailableException)
            {
                return await alone.AcquireAsync(permitCount, cancellationToken);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                shared.Dispose();
                alone.Dispose();
            }
        }
    }

    private sealed class NotYet : RateLimitLease
    {
        public override bool IsAcquired => false;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
