using System.Threading.RateLimiting;

namespace Nerve.Server.Identity;

/// <summary>Counts attempts: in this process, or over all nodes.</summary>
public interface IAttemptLimits
{
    /// <param name="what">What is attempted, and by whom.</param>
    /// <param name="permits">How often.</param>
    /// <param name="window">In how long.</param>
    RateLimiter Create(string what, int permits, TimeSpan window);
}

/// <summary>In this process.</summary>
public sealed class AttemptLimits : IAttemptLimits
{
    public RateLimiter Create(string what, int permits, TimeSpan window) =>
        new FixedWindowRateLimiter(new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = window });
}
