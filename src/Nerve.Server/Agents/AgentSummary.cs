using System.Text.Json.Serialization;

namespace Nerve.Server.Agents;

/// <summary>An agent as lists show it.</summary>
/// <param name="Status">online, suspect or offline.</param>
/// <param name="StatusSince">When it became so.</param>
/// <param name="Labels">Its own and those given here, of which the latter win, in the order of their keys.</param>
/// <param name="Addresses">With prefix lengths, without loopback and link-local ones.</param>
/// <param name="Metrics">The newest values of the few series that lists show.</param>
/// <param name="ClockAheadSeconds">So far the host's clock is ahead of the center's when it is too far to take its samples, which wait there until then; else it is left out.</param>
/// <param name="AssignedLabels">Of the labels those given here. Only in an answer about one agent, and left out when there are none.</param>
/// <param name="AssignedCluster">The cluster given here, which wins over the agent's own. As the labels.</param>
public sealed record AgentSummary(
    Guid Id,
    string Hostname,
    AgentStatus Status,
    DateTimeOffset StatusSince,
    string? Cluster,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<string> Addresses,
    string? Os,
    string? Kernel,
    string? Arch,
    string? AgentVersion,
    DateTimeOffset EnrolledAt,
    DateTimeOffset? LastSeenAt,
    string? CpuModel,
    int? CpuThreads,
    long? MemoryBytes,
    string? GpuModel,
    int? GpuCount,
    IReadOnlyDictionary<string, double?> Metrics,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ClockAheadSeconds = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? AssignedLabels = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AssignedCluster = null)
{
    /// <summary>The series that lists show.</summary>
    public static IReadOnlyList<string> ListedSeries { get; } = ["cpu.used_percent", "memory.used_percent", "load.1m"];

    public static AgentSummary Of(
        Agent agent, DateTimeOffset? lastSeenAt, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, double?> metrics,
        TimeSpan? clockAhead = null) => new(
        agent.Id, agent.Hostname, agent.Status, agent.StatusSince, agent.Cluster, labels, agent.Facts.Addresses,
        agent.Facts.Os, agent.Facts.Kernel, agent.Facts.Arch, agent.AgentVersion, agent.EnrolledAt, lastSeenAt,
        agent.Facts.CpuModel, agent.Facts.CpuThreads, agent.Facts.MemoryBytes, agent.Facts.GpuModel, agent.Facts.GpuCount, metrics, (int?)clockAhead?.TotalSeconds);
}
