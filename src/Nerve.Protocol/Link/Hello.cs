namespace Nerve.Protocol.Link;

/// <summary>The first message of a connection.</summary>
/// <param name="Protocol">The highest protocol version the agent speaks; <see cref="ProtocolInfo.Version"/>.</param>
/// <param name="AgentVersion">For people: the agent's version text.</param>
/// <param name="Hostname">The host's name now; it may change, the agent's id does not.</param>
/// <param name="BootId">The kernel's boot id, or null where unknown.</param>
/// <param name="Fingerprint">A hash over stable hardware identifiers, or null where there are none. A difference from what the center
/// stored means that the state folder was cloned to another machine: the center then answers with the error <see cref="ProblemCodes.AgentCloned"/>.</param>
/// <param name="Labels">The labels from the agent's own configuration.</param>
/// <param name="Cluster">The cluster from the agent's own configuration, or null.</param>
/// <param name="InventoryHash">The hash of the inventory as last acknowledged (<see cref="Inventories.Inventory.Hash"/>), or null.</param>
/// <param name="Runs">Every run in the journal that is not yet acknowledged as finished. A run that the center believes to be
/// running and that is not in this list is lost.</param>
public sealed record Hello(
    int Protocol,
    string AgentVersion,
    string Hostname,
    string? BootId,
    string? Fingerprint,
    IReadOnlyDictionary<string, string> Labels,
    string? Cluster,
    string? InventoryHash,
    IReadOnlyList<Guid> Runs);

/// <summary>The answer to <see cref="Hello"/>.</summary>
/// <param name="Protocol">The version both sides speak from here on.</param>
/// <param name="Settings">What the center wants of this agent.</param>
/// <param name="InventoryWanted">The center lacks this agent's inventory: send it.</param>
/// <param name="UnknownRuns">Runs of <see cref="Hello.Runs"/> that the center does not know (any more): drop them.</param>
public sealed record HelloReply(int Protocol, AgentSettings Settings, bool InventoryWanted, IReadOnlyList<Guid> UnknownRuns);

/// <summary>What the center may change on a running agent. The agent keeps to <see cref="AgentSettingsLimits"/> whatever it is told; null means as
/// the agent was started.</summary>
/// <param name="HeartbeatSeconds">Seconds from one heartbeat to the next.</param>
/// <param name="SampleSeconds">Seconds from one metric sample to the next; at most the heartbeat's.</param>
/// <param name="SmartMinutes">Minutes from one reading of a disk's health to the next.</param>
/// <param name="IpmiSeconds">Seconds for which an answer of the management controller is good; it is asked when the agent looks at the machine.</param>
/// <param name="InventorySeconds">Seconds from one look at the machine's parts to the next.</param>
public sealed record AgentSettings(
    int HeartbeatSeconds, int SampleSeconds, int? SmartMinutes = null, int? IpmiSeconds = null, int? InventorySeconds = null);

/// <summary>A deliberate stop.</summary>
/// <param name="Reason">For people, one line.</param>
public sealed record Goodbye(string Reason);

/// <summary>The answer to a report.</summary>
/// <param name="Accepted">Whether the report was applied, now or earlier. False is final: repeating it changes nothing.</param>
/// <param name="Code">Why not: a code of <see cref="ProblemCodes"/>.</param>
public sealed record ReportReply(bool Accepted, string? Code = null)
{
    public static ReportReply Ok { get; } = new(true);

    public static ReportReply Refused(string code) => new(false, code);
}

/// <summary>The answer to <see cref="IAgentGateway.ReportRunOutput"/>.</summary>
/// <param name="Accepted">Whether the run is known and still takes output.</param>
/// <param name="NextOffset">The offset the center expects next; the agent continues from here, forwards or backwards.</param>
/// <param name="Code">Why not: a code of <see cref="ProblemCodes"/>.</param>
public sealed record OutputReply(bool Accepted, long NextOffset, string? Code = null);
