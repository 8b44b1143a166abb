using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;

namespace Nerve.Server.Nodes;

/// <summary>What a node knows of an agent beyond the store, for the other nodes. Always whole, so that the next one makes good for a lost one.</summary>
/// <param name="AgentId">Whose.</param>
/// <param name="Link">Counts the agent's links to whichever node; news of an older link are stale.</param>
/// <param name="Node">Where that link ends; null when it was cut or there is none.</param>
/// <param name="Status">As <paramref name="Node"/>, or whoever published this, sees it.</param>
/// <param name="StatusSince">When it became so, by the clock of who saw it.</param>
/// <param name="LastSeenAt">The last sign of life, by the clock of who saw it; for people, never for decisions.</param>
/// <param name="SilentMilliseconds">How long ago the last sign of life was when this was written: nodes' clocks differ, durations do not.</param>
/// <param name="Latest">The newest sample.</param>
/// <param name="ClockAhead">How far the host's clock is ahead of the node that heard it, where its samples wait for that.</param>
/// <param name="IsInDoubt">The node where the link ended, or any where it may report without one, is gone without a word, and may hear the agent all the same.</param>
public sealed record AgentState(
    Guid AgentId,
    long Link,
    string? Node,
    AgentStatus Status,
    DateTimeOffset StatusSince,
    DateTimeOffset? LastSeenAt,
    long SilentMilliseconds,
    MetricSample? Latest,
    TimeSpan? ClockAhead = null,
    bool IsInDoubt = false);
