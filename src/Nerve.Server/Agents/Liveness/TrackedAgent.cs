namespace Nerve.Server.Agents.Liveness;

/// <summary>What <see cref="LivenessTracker"/> knows of one agent.</summary>
internal sealed class TrackedAgent
{
    public AgentStatus Status { get; set; } = AgentStatus.Offline;

    /// <summary>A monotonic time stamp.</summary>
    public long HeardAt { get; set; }

    /// <summary>This node heard it last, and not another.</summary>
    public bool IsHeardHere { get; set; }

    /// <summary>The number of its newest link.</summary>
    public long Link { get; set; }

    /// <summary>Where that link ends; null where it has none.</summary>
    public string? Node { get; set; }

    /// <summary>A node is gone without a word where its link ended, or where it may report without one: that node may only be out of touch, and hear the agent still.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Its links that end here.</summary>
    public HashSet<string> Connections { get; } = [];

    public bool IsLinkedHere => Connections.Count > 0;
}
