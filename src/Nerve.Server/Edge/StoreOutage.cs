using System.Data.Common;

namespace Nerve.Server.Edge;

/// <summary>Tells a store that is away, and will be back, from an error that stays.</summary>
internal static class StoreOutage
{
    public const string RetryAfterSeconds = "5";

    /// <summary>The engine's own exception, if it says that trying again may help; null for every other failure.</summary>
    public static DbException? In(Exception? exception) =>
        exception is null ? null : exception as DbException is { IsTransient: true } outage ? outage : In(exception.InnerException);
}
