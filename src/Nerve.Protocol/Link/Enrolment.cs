namespace Nerve.Protocol.Link;

/// <summary>The body of <c>POST /api/v1/agents/register</c>; the enrolment token is in the Authorization header.</summary>
/// <param name="Hostname">The host's name, 1 to 253 characters.</param>
/// <param name="Fingerprint">As in <see cref="Hello"/>: lets a re-installed machine keep its id.</param>
/// <param name="AgentVersion">The agent's version text.</param>
/// <param name="Labels">The labels from the agent's own configuration.</param>
/// <param name="Cluster">The cluster from the agent's own configuration.</param>
public sealed record EnrolRequest(
    string Hostname,
    string? Fingerprint = null,
    string? AgentVersion = null,
    IReadOnlyDictionary<string, string>? Labels = null,
    string? Cluster = null);

/// <summary>The agent's new identity.</summary>
/// <param name="AgentId">UUIDv7, for ever.</param>
/// <param name="Credential">The agent's own secret; shown once, the center keeps a hash.</param>
/// <param name="HeartbeatSeconds">Seconds from one heartbeat to the next.</param>
public sealed record EnrolReply(Guid AgentId, string Credential, int HeartbeatSeconds);
