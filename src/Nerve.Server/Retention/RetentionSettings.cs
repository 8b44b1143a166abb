using Nerve.Server.Metrics.RollUps;

namespace Nerve.Server.Retention;

/// <summary>How long things are kept, by their own time.</summary>
public sealed record RetentionSettings
{
    /// <summary>Samples as they came.</summary>
    public TimeSpan Samples { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Roll-ups of five minutes.</summary>
    public TimeSpan FiveMinutes { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Roll-ups of an hour.</summary>
    public TimeSpan OneHour { get; init; } = TimeSpan.FromDays(365);

    public TimeSpan Of(RollUpLevel level) => level == RollUpLevel.FiveMinutes ? FiveMinutes : OneHour;
}
