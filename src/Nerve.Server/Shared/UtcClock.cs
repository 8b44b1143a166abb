namespace Nerve.Server.Shared;

public static class UtcClock
{
    /// <summary>Now, cut to the milliseconds that every store keeps.</summary>
    public static DateTimeOffset UtcMilliseconds(this TimeProvider time) => time.GetUtcNow().ToUtcMilliseconds();

    public static DateTimeOffset ToUtcMilliseconds(this DateTimeOffset value) =>
        DateTimeOffset.FromUnixTimeMilliseconds(value.ToUnixTimeMilliseconds());
}
