using System.Runtime.CompilerServices;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Reads what agents are to be told, who there is and what other nodes know of them, before the first request and whenever this node missed something.</summary>
public sealed class FleetLoader(
    IAgentStore agents, SchemaCatalogue schemas, AgentDirectory directory, LivenessTracker tracker, PresenceService presence,
    AgentSettingsService settings, IFleetState shared, INodeRegistry registry, NodeIdentity self, TimeProvider time)
{
    private const int PageSize = 1000;

    /// <summary>At start.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await settings.LoadAsync(cancellationToken);
        var edits = directory.Edits;
        var states = await SharedAsync(cancellationToken);
        await foreach (var agent in AllAsync(cancellationToken))
        {
            var status = tracker.Restore(agent.Id, agent.Status);
            directory.Refresh(status == agent.Status ? agent : agent with { Status = status, StatusSince = time.UtcMilliseconds() }, edits);
            if (states.TryGetValue(agent.Id, out var state))
            {
                // Whoever has no link may report to a node that is out of touch, of which a node that was just started knows nothing.
                presence.Adopt(state with { IsInDoubt = state.IsInDoubt || state.Node is null }, await schemas.ValuesOfAsync(state.Latest, cancellationToken));
            }
        }
    }

    /// <summary>After this node was out of touch with the others: what they changed meanwhile, and what they know.</summary>
    /// <returns>The agents whose link that ends here is not their newest any more, and is to be cut.</returns>
    public async Task<IReadOnlyList<Guid>> CatchUpAsync(CancellationToken cancellationToken)
    {
        var lost = new List<Guid>();
        await settings.LoadAsync(cancellationToken);
        var edits = directory.Edits;
        var states = await SharedAsync(cancellationToken);
        var missing = directory.Ids.ToHashSet();
        await foreach (var agent in AllAsync(cancellationToken))
        {
            missing.Remove(agent.Id);
            directory.Refresh(agent, edits);
            if (states.TryGetValue(agent.Id, out var copy)
                && presence.Adopt(copy, await NewerValuesAsync(copy, cancellationToken), isCopy: true))
            {
                lost.Add(agent.Id);
            }
        }

        foreach (var id in missing)
        {
            presence.Forget(id);
        }

        return [.. lost, .. missing];
    }

    /// <summary>The values that another node tells of an agent, unless as new ones are known here.</summary>
    public async Task<LatestValues?> NewerValuesAsync(AgentState state, CancellationToken cancellationToken) =>
        state.Latest?.At > (directory.Latest(state.AgentId)?.At ?? DateTimeOffset.MinValue)
            ? await schemas.ValuesOfAsync(state.Latest, cancellationToken)
            : null;

    /// <summary>What the nodes share of the agents that are not this node's own. Of a node that is gone only the numbers of its links still count.</summary>
    private async Task<IReadOnlyDictionary<Guid, AgentState>> SharedAsync(CancellationToken cancellationToken)
    {
        try
        {
            var alive = registry.Nodes.Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
            return (await shared.LoadAsync(cancellationToken))
                .Where(state => state.Node != self.Id)
                .Select(state => state.Node is not null && alive.Contains(state.Node) ? state : Unlinked(state))
                .ToDictionary(state => state.AgentId);
        }
        catch (NodesUnavailableException)
        {
            return new Dictionary<Guid, AgentState>(); // it is told elsewhere, and everything comes with the agents' next words
        }
    }

    private static AgentState Unlinked(AgentState state) => state with
    {
        Node = null,
        Status = state.Status == AgentStatus.Offline ? AgentStatus.Offline : AgentStatus.Suspect,
        SilentMilliseconds = 0,
        IsInDoubt = state.IsInDoubt || state.Node is not null,
    };

    private async IAsyncEnumerable<Agent> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Guid? after = null;
        while (true)
        {
            var page = await agents.PageAsync(after, PageSize, cancellationToken);
            foreach (var agent in page)
            {
                yield return agent;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Id;
        }
    }
}
