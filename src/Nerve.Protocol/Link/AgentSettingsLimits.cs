namespace Nerve.Protocol.Link;

/// <summary>How far <see cref="AgentSettings"/> may go: the center refuses more, and an agent takes the nearest.</summary>
public static class AgentSettingsLimits
{
    public static SettingRange HeartbeatSeconds { get; } = new(1, 3600);
    public static SettingRange SampleSeconds { get; } = new(1, 3600);

    /// <summary>Asking a disk more often disturbs its work.</summary>
    public static SettingRange SmartMinutes { get; } = new(5, 24 * 60);

    /// <summary>A management controller needs seconds for an answer, and the processor waits for it.</summary>
    public static SettingRange IpmiSeconds { get; } = new(60, 24 * 3600);

    public static SettingRange InventorySeconds { get; } = new(30, 24 * 3600);
}

/// <param name="Least">Is allowed.</param>
/// <param name="Most">Is allowed.</param>
public sealed record SettingRange(int Least, int Most)
{
    public bool Has(int value) => value >= Least && value <= Most;

    public int Nearest(int value) => Math.Clamp(value, Least, Most);
}
