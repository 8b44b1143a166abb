namespace Nerve.Server.Metrics.RollUps;

/// <summary>How long the windows of a roll-up are. The numbers are stored.</summary>
public enum RollUpLevel
{
    FiveMinutes = 1,
    OneHour = 2,
}

public static class RollUpLevels
{
    public static IReadOnlyList<RollUpLevel> All { get; } = [RollUpLevel.FiveMinutes, RollUpLevel.OneHour];

    public static TimeSpan Window(this RollUpLevel level) => level switch
    {
        RollUpLevel.FiveMinutes => TimeSpan.FromMinutes(5),
        RollUpLevel.OneHour => TimeSpan.FromHours(1),
        _ => throw new ArgumentOutOfRangeException(nameof(level)),
    };

    public static int WindowsAnHour(this RollUpLevel level) => (int)(Hours.One / level.Window());
}
