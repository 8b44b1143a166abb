namespace Nerve.Server.Agents.Settings;

/// <summary>What an admin has set for the agents of the whole fleet. Null means as the center was started, and what that says nothing about, as each
/// agent was.</summary>
public sealed record FleetSettings
{
    /// <summary>There is one record of them.</summary>
    public const int TheOne = 1;

    public int Id { get; init; } = TheOne;

    public int? HeartbeatSeconds { get; init; }
    public int? SampleSeconds { get; init; }
    public int? SmartMinutes { get; init; }
    public int? IpmiSeconds { get; init; }
    public int? InventorySeconds { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>A person, or <c>token:NAME</c>; the id of a token without a name.</summary>
    public required string ChangedBy { get; init; }
}
