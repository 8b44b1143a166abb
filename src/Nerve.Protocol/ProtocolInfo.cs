namespace Nerve.Protocol;

/// <summary>The constants of the protocol between agent and center.</summary>
public static class ProtocolInfo
{
    /// <summary>The version this code speaks. The center speaks every version from 1 to this one.</summary>
    public const int Version = 1;

    public const string AgentHubPath = "/hubs/agent";

    public const string RegisterPath = "/api/v1/agents/register";

    /// <summary>The largest hub message or heartbeat body, in bytes. A longer one ends the connection (hub) or is answered 413 (REST).</summary>
    public const int MaxMessageBytes = 1024 * 1024;
}

/// <summary>Stable codes of errors that an agent acts on.</summary>
public static class ProblemCodes
{
    /// <summary>The center does not know this agent (any more): enrol again.</summary>
    public const string AgentUnknown = "agent.unknown";

    /// <summary>The agent's state belongs to another machine: forget it and enrol as a new one.</summary>
    public const string AgentCloned = "agent.cloned";

    /// <summary>The sections do not fit the inventory that the center has: send the whole.</summary>
    public const string InventoryBase = "inventory.base";

    /// <summary>The run is not known, or is not this agent's.</summary>
    public const string RunUnknown = "run.unknown";

    /// <summary>The run is in a state from which the reported one cannot follow.</summary>
    public const string RunTransition = "run.transition";
}
