using Nerve.Server.Agents.Liveness;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Carries what the tracker decides to the directory and the store.</summary>
public sealed partial class PresenceService(
    LivenessTracker tracker, AgentDirectory directory, StatusWriter statuses, TimeProvider time, ILogger<PresenceService> logger)
{
    /// <summary>Deciding and showing are one step: a link that drops and one that opens at the same moment must not be shown in the wrong order.</summary>
    private readonly Lock _order = new();

    public Task ConnectedAsync(Guid agent, string connection, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Connected(agent, connection), linkChanged: true), cancellationToken);

    public Task HeardAsync(Guid agent, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Heard(agent)), cancellationToken);

    public Task DisconnectedAsync(Guid agent, string connection, bool saidGoodbye, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Disconnected(agent, connection, saidGoodbye), linkChanged: true), cancellationToken);

    public Task SweepAsync(CancellationToken cancellationToken) =>
        StoreAsync(Decide(() => tracker.Sweep(), AgentStatus.Offline), cancellationToken);

    /// <summary>Takes what another node knows of an agent, if it is news.</summary>
    /// <returns>True when the agent's link that ends here is not its newest any more and is to be cut.</returns>
    public bool Adopt(AgentState state, LatestValues? latest)
    {
        lock (_order)
        {
            var adoption = tracker.Adopt(state);
            if (adoption is LivenessTracker.Adoption.Taken or LivenessTracker.Adoption.LinkLost)
            {
                directory.Adopt(state, latest);
            }
            else if (adoption == LivenessTracker.Adoption.Contradicted)
            {
                directory.Announce(state.AgentId);
            }

            return adoption == LivenessTracker.Adoption.LinkLost;
        }
    }

    /// <summary>A node is there no more, and its agents' links with it.</summary>
    public Task NodeGoneAsync(string node, bool saidSo, CancellationToken cancellationToken) =>
        StoreAsync(Decide(() => tracker.NodeGone(node, saidSo), AgentStatus.Suspect), cancellationToken);

    /// <summary>The agent was removed.</summary>
    public void Forget(Guid agent)
    {
        lock (_order)
        {
            tracker.Forget(agent);
            directory.Remove(agent);
        }
    }

    private bool Decide(Guid agent, Func<AgentStatus?> change, bool linkChanged = false)
    {
        lock (_order)
        {
            if (change() is { } status)
            {
                Show(agent, status);
                return true;
            }

            if (linkChanged)
            {
                directory.Announce(agent);
            }

            return false;
        }
    }

    private bool Decide(Func<IReadOnlyList<Guid>> change, AgentStatus status)
    {
        lock (_order)
        {
            var changed = change();
            foreach (var agent in changed)
            {
                Show(agent, status);
            }

            return changed.Count > 0;
        }
    }

    private void Show(Guid agent, AgentStatus status)
    {
        var change = new StatusChange(agent, status, time.UtcMilliseconds());
        directory.SetStatus(change);
        statuses.Add(change);
        LogStatus(logger, agent, status);
    }

    private Task StoreAsync(bool isChanged, CancellationToken cancellationToken) =>
        isChanged ? statuses.StoreAsync(cancellationToken) : Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} is {Status}")]
    private static partial void LogStatus(ILogger logger, Guid agent, AgentStatus status);
}
