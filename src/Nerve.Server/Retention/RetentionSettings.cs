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

    /// <summary>Inventories; an agent's newest always stays.</summary>
    public TimeSpan Inventories { get; init; } = TimeSpan.FromDays(30);

    /// <summary>What runs wrote, from their end; that they ran and how they ended stays.</summary>
    public TimeSpan Output { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Who did what.</summary>
    public TimeSpan Audit { get; init; } = TimeSpan.FromDays(400);

    public TimeSpan Of(RollUpLevel level) => level == RollUpLevel.FiveMinutes ? FiveMinutes : OneHour;
}
