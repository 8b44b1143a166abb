using Nerve.Server.Agents;
using Nerve.Server.Selectors;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>The hosts that a target means at this moment.</summary>
public sealed class TargetHosts(AgentDirectory fleet)
{
    /// <summary>By name.</summary>
    /// <exception cref="ProblemException">An agent is not known.</exception>
    public IReadOnlyList<AgentSummary> Find(TaskTarget target)
    {
        var hosts = target.Agents is { } named
            ? named.Distinct().Select(id => fleet.Find(id)
                ?? throw Problems.Unprocessable("task.unknownAgent", $"There is no agent {id}: look it up in /api/v1/agents."))
            : fleet.All().Where(Fits(target));
        return [.. hosts.OrderBy(agent => agent.Hostname, StringComparer.Ordinal).ThenBy(agent => agent.Id)];
    }

    private static Func<AgentSummary, bool> Fits(TaskTarget target)
    {
        if (target.Cluster is { } cluster)
        {
            return agent => agent.Cluster == cluster;
        }

        var selector = target.Selector is { } text ? Selector.Parse(text) : Selector.Everything;
        return agent => selector.Matches(agent);
    }
}
