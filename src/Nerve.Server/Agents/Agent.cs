using Nerve.Server.Inventories;

namespace Nerve.Server.Agents;

/// <summary>One enrolled machine. Its id is its identity; the host name is only what it is called today.</summary>
public sealed record Agent
{
    public required Guid Id { get; init; }
    public required string Hostname { get; init; }

    /// <summary><see cref="Identity.Secret.Hash"/> of the agent's own credential; unique.</summary>
    public required string CredentialHash { get; init; }

    /// <summary>A hash over stable hardware identifiers as the agent sent it; null where it has none.</summary>
    public string? Fingerprint { get; init; }

    public string? AgentVersion { get; init; }
    public string? BootId { get; init; }

    /// <summary>From the agent's own configuration.</summary>
    public IReadOnlyDictionary<string, string> ReportedLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Set here; wins over a reported one of the same name.</summary>
    public IReadOnlyDictionary<string, string> AssignedLabels { get; init; } = new Dictionary<string, string>();

    public string? ReportedCluster { get; init; }
    public string? AssignedCluster { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }
    public DateTimeOffset? LastSeenAt { get; init; }
    public AgentStatus Status { get; init; }
    public required DateTimeOffset StatusSince { get; init; }

    /// <summary>What lists show of the inventory.</summary>
    public MachineFacts Facts { get; init; } = MachineFacts.None;

    /// <summary>Of the newest stored inventory.</summary>
    public string? InventoryHash { get; init; }

    public string? Cluster => AssignedCluster ?? ReportedCluster;

    /// <summary>Both, in the order of their keys.</summary>
    public IReadOnlyDictionary<string, string> Labels
    {
        get
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in ReportedLabels.Concat(AssignedLabels))
            {
                labels[key] = value;
            }

            return labels;
        }
    }
}
