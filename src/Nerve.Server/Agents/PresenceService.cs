using Nerve.Server.Agents.Liveness;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>Carries what the tracker decides to the directory and the store.</summary>
public sealed partial class PresenceService(
    LivenessTracker tracker, AgentDirectory directory, IAgentStore store, TimeProvider time, ILogger<PresenceService> logger)
{
    public Task ConnectedAsync(Guid agent, string connection, CancellationToken cancellationToken) =>
        PublishAsync(agent, tracker.Connected(agent, connection), cancellationToken);

    public Task HeardAsync(Guid agent, CancellationToken cancellationToken) =>
        PublishAsync(agent, tracker.Heard(agent), cancellationToken);

    public Task DisconnectedAsync(Guid agent, string connection, bool saidGoodbye, CancellationToken cancellationToken) =>
        PublishAsync(agent, tracker.Disconnected(agent, connection, saidGoodbye), cancellationToken);

    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var agent in tracker.Sweep())
        {
            await PublishAsync(agent, AgentStatus.Offline, cancellationToken);
        }
    }

    private async Task PublishAsync(Guid agent, AgentStatus? status, CancellationToken cancellationToken)
    {
        if (status is null)
        {
            return;
        }

        var change = new StatusChange(agent, status.Value, time.UtcMilliseconds());
        directory.SetStatus(change);
        LogStatus(logger, agent, change.Status);
        try
        {
            await store.SetStatusAsync([change], cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The directory is right; a restart takes the stored status only as a hint and finds out anew.
            LogNotStored(logger, agent, exception);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} is {Status}")]
    private static partial void LogStatus(ILogger logger, Guid agent, AgentStatus status);

    [LoggerMessage(2, LogLevel.Warning, "The status of agent {Agent} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Guid agent, Exception exception);
}
