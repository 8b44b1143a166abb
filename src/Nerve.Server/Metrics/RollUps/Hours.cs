namespace Nerve.Server.Metrics.RollUps;

/// <summary>Samples are rolled up by the hour of UTC that they are in.</summary>
public static class Hours
{
    public static TimeSpan One { get; } = TimeSpan.FromHours(1);

    /// <summary>The begin of the hour.</summary>
    public static DateTimeOffset Of(DateTimeOffset at) => new(at.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero);

    /// <summary>The first hour that begins at that moment or later.</summary>
    public static DateTimeOffset From(DateTimeOffset at) => Of(at) is var hour && hour == at ? hour : hour + One;
}
