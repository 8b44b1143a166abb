using Nerve.Server.Agents.Liveness;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Carries what the tracker decides to the directory and the store.</summary>
public sealed partial class PresenceService(
    LivenessTracker tracker, AgentDirectory directory, StatusWriter statuses, StoreHealth store, TimeProvider time, ILogger<PresenceService> logger)
{
    /// <summary>Deciding and showing are one step: a link that drops and one that opens at the same moment must not be shown in the wrong order.</summary>
    private readonly Lock _order = new();

    public void Connected(Guid agent, string connection) => Decide(agent, () => tracker.Connected(agent, connection), linkChanged: true);

    public void Heard(Guid agent) => Decide(agent, () => tracker.Heard(agent));

    public void Disconnected(Guid agent, string connection, bool saidGoodbye) =>
        Decide(agent, () => tracker.Disconnected(agent, connection, saidGoodbye), linkChanged: true);

    public void Sweep()
    {
        tracker.SetDeaf(store.Fault is not null);
        Decide(tracker.Sweep, AgentStatus.Offline);
    }

    /// <summary>What the store says of an agent in doubt whose patience has run out.</summary>
    public void Settle(Guid agent, bool isHeard) => Decide(agent, () => tracker.Settle(agent, isHeard));

    /// <summary>Takes what another node knows of an agent, if it is news.</summary>
    /// <param name="state">What it knows.</param>
    /// <param name="latest">The values in it, if they are newer than those known here.</param>
    /// <param name="isCopy">It is what the nodes keep, and not the node's own word.</param>
    /// <returns>True when the agent's link that ends here is not its newest any more and is to be cut.</returns>
    public bool Adopt(AgentState state, LatestValues? latest, bool isCopy = false)
    {
        lock (_order)
        {
            var adoption = tracker.Adopt(state, isCopy);
            if (adoption is Adoption.Taken or Adoption.LinkLost)
            {
                directory.Adopt(state, latest);
            }
            else if (adoption == Adoption.Contradicted)
            {
                directory.Announce(state.AgentId);
            }

            return adoption == Adoption.LinkLost;
        }
    }

    /// <summary>A node is there no more, and its agents' links with it.</summary>
    public void NodeGone(string node, bool saidSo) => Decide(() => tracker.NodeGone(node, saidSo), AgentStatus.Suspect);

    /// <summary>The agent was removed.</summary>
    public void Forget(Guid agent)
    {
        lock (_order)
        {
            tracker.Forget(agent);
            directory.Remove(agent);
        }
    }

    private void Decide(Guid agent, Func<AgentStatus?> change, bool linkChanged = false)
    {
        lock (_order)
        {
            if (change() is { } status)
            {
                Show(agent, status);
            }
            else if (linkChanged)
            {
                directory.Announce(agent);
            }
        }
    }

    private void Decide(Func<IReadOnlyList<Guid>> change, AgentStatus status)
    {
        lock (_order)
        {
            foreach (var agent in change())
            {
                Show(agent, status);
            }
        }
    }

    private void Show(Guid agent, AgentStatus status)
    {
        var change = new StatusChange(agent, status, time.UtcMilliseconds());
        directory.SetStatus(change);
        statuses.Add(change);
        LogStatus(logger, agent, status);
    }

    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} is {Status}")]
    private static partial void LogStatus(ILogger logger, Guid agent, AgentStatus status);
}
