using Nerve.Server.Agents;
using Nerve.Server.Selectors;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>The hosts that a target means at this moment.</summary>
public sealed class TargetHosts(AgentDirectory fleet, IAgentStore store)
{
    /// <summary>By name.</summary>
    /// <exception cref="ProblemException">An agent is not known.</exception>
    public async Task<IReadOnlyList<AgentSummary>> FindAsync(TaskTarget target, CancellationToken cancellationToken)
    {
        var hosts = target.Agents is { } named ? await NamedAsync([.. named.Distinct()], cancellationToken) : fleet.All().Where(Fits(target));
        return [.. hosts.OrderBy(agent => agent.Hostname, StringComparer.Ordinal).ThenBy(agent => agent.Id)];
    }

    /// <summary>Who enrolled at another node just now is in the store before it is known here.</summary>
    private async Task<IEnumerable<AgentSummary>> NamedAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var known = ids.Select(fleet.Find).OfType<AgentSummary>().ToDictionary(agent => agent.Id);
        var missing = ids.Where(id => !known.ContainsKey(id)).ToList();
        if (missing.Count > 0)
        {
            foreach (var agent in await store.FindManyAsync(missing, cancellationToken))
            {
                known[agent.Id] = AgentSummary.Of(agent, agent.LastSeenAt, agent.Labels, new Dictionary<string, double?>());
            }
        }

        return ids.Select(id => known.GetValueOrDefault(id)
            ?? throw Problems.Unprocessable("task.unknownAgent", $"There is no agent {id}: look it up in /api/v1/agents."));
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
