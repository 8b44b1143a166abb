using Nerve.Server.Agents.Liveness;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Carries what the tracker decides to the directory and the store.</summary>
public sealed partial class PresenceService(
    LivenessTracker tracker, AgentDirectory directory, IAgentStore store, TimeProvider time, ILogger<PresenceService> logger)
{
    /// <summary>Deciding and showing are one step: a link that drops and one that opens at the same moment must not be shown in the wrong order.</summary>
    private readonly Lock _order = new();

    public Task ConnectedAsync(Guid agent, string connection, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Connected(agent, connection), linkChanged: true), cancellationToken);

    public Task HeardAsync(Guid agent, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Heard(agent)), cancellationToken);

    public Task DisconnectedAsync(Guid agent, string connection, bool saidGoodbye, CancellationToken cancellationToken) =>
        StoreAsync(Decide(agent, () => tracker.Disconnected(agent, connection, saidGoodbye), linkChanged: true), cancellationToken);

    public Task SweepAsync(CancellationToken cancellationToken)
    {
        List<StatusChange> gone;
        lock (_order)
        {
            gone = [.. tracker.Sweep().Select(agent => Show(agent, AgentStatus.Offline))];
        }

        return StoreAsync(gone, cancellationToken);
    }

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
    public Task NodeGoneAsync(string node, bool saidSo, CancellationToken cancellationToken)
    {
        List<StatusChange> suspects;
        lock (_order)
        {
            suspects = [.. tracker.NodeGone(node, saidSo).Select(agent => Show(agent, AgentStatus.Suspect))];
        }

        return StoreAsync(suspects, cancellationToken);
    }

    /// <summary>The agent was removed.</summary>
    public void Forget(Guid agent)
    {
        lock (_order)
        {
            tracker.Forget(agent);
            directory.Remove(agent);
        }
    }

    private IReadOnlyCollection<StatusChange> Decide(Guid agent, Func<AgentStatus?> change, bool linkChanged = false)
    {
        lock (_order)
        {
            if (change() is { } status)
            {
                return [Show(agent, status)];
            }

            if (linkChanged)
            {
                directory.Announce(agent);
            }

            return [];
        }
    }

    private StatusChange Show(Guid agent, AgentStatus status)
    {
        var change = new StatusChange(agent, status, time.UtcMilliseconds());
        directory.SetStatus(change);
        LogStatus(logger, agent, status);
        return change;
    }

    private async Task StoreAsync(IReadOnlyCollection<StatusChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return;
        }

        try
        {
            await store.SetStatusAsync(changes, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The directory is right; a restart takes the stored status only as a hint and finds out anew.
            LogNotStored(logger, changes.Count, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} is {Status}")]
    private static partial void LogStatus(ILogger logger, Guid agent, AgentStatus status);

    [LoggerMessage(2, LogLevel.Warning, "The status of {Count} agents could not be stored")]
    private static partial void LogNotStored(ILogger logger, int count, Exception exception);
}
