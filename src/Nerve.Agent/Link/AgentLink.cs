using Microsoft.Extensions.Logging;
using Nerve.Agent.Identity;
using Nerve.Agent.Linux;
using Nerve.Agent.Options;
using Nerve.Protocol;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Keeps a connection to one of the centers, whatever happens: it ends only with the agent.</summary>
internal sealed partial class AgentLink(
    Centers centers, Backoff backoff, Enroller enroller, AgentSession session, IAgentPeer peer,
    HostFacts host, HostRoot root, AgentOptions options, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>A session that lasted this long was a good one: the next failure is a first one.</summary>
    private static readonly TimeSpan s_goodSession = TimeSpan.FromMinutes(1);

    private readonly ILogger _log = logs.CreateLogger<AgentLink>();
    private readonly Throttle _complaints = new(TimeSpan.FromMinutes(1), time);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var (center, wait) = centers.Next();
            await Task.Delay(wait, time, cancellationToken);
            var started = time.GetTimestamp();
            try
            {
                await AttendAsync(center, cancellationToken);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(started) >= s_goodSession)
                {
                    backoff.Reset();
                }

                await RecoverAsync(center, fault, cancellationToken);
            }
        }
    }

    private async Task AttendAsync(Uri center, CancellationToken cancellationToken)
    {
        var identity = await enroller.EnsureAsync(center, cancellationToken);
        await using var connection = await CenterConnection.OpenAsync(center, identity, peer, time, logs, cancellationToken);
        try
        {
            await session.RunAsync(
                Greeting(identity), connection.Gateway, () => LogConnected(center, identity.AgentId), connection.Closed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await connection.Gateway.Goodbye(new Goodbye("the agent stops")).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>The stored fingerprint is sent: this run may see less of the machine than the one that enrolled.</summary>
    private Hello Greeting(AgentIdentity identity) => new(
        ProtocolInfo.Version, AgentVersion.Text, host.CurrentHostname(root), host.BootId, identity.Fingerprint, options.Labels, options.Cluster, null, []);

    private async Task RecoverAsync(Uri center, Exception fault, CancellationToken cancellationToken)
    {
        if (CenterFault.RetryAfter(fault) is { } period)
        {
            centers.LeaveAlone(center, period);
        }

        var delay = backoff.Next();
        switch (fault)
        {
            case EnrolmentException:
                Complain(center, fault.Message);
                break;
            case var _ when CenterFault.IsClonedAgent(fault):
                LogCloned(center);
                enroller.GiveUp();
                break;
            case var _ when CenterFault.IsUnknownAgent(fault):
                await EnrolAgainAsync(center, cancellationToken);
                break;
            default:
                LogLost(center, CenterFault.Reason(fault), delay.TotalSeconds);
                LogLostInDetail(fault);
                break;
        }

        await Task.Delay(delay, time, cancellationToken);
    }

    /// <summary>If that fails the old identity is kept: the center may have been wrong.</summary>
    private async Task EnrolAgainAsync(Uri center, CancellationToken cancellationToken)
    {
        try
        {
            await enroller.EnrolAsync(center, cancellationToken);
        }
        catch (EnrolmentException refusal)
        {
            if (_complaints.Allows("unknown"))
            {
                LogUnknown(center, refusal.Message);
            }

            if (CenterFault.RetryAfter(refusal) is { } period)
            {
                centers.LeaveAlone(center, period);
            }
        }
    }

    private void Complain(Uri center, string reason)
    {
        if (_complaints.Allows(reason))
        {
            LogNotEnrolled(center, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to {Center} as agent {AgentId}")]
    private partial void LogConnected(Uri center, Guid agentId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to {Center}: {Reason}; next attempt in {Delay:0.0} s")]
    private partial void LogLost(Uri center, string reason, double delay);

    [LoggerMessage(Level = LogLevel.Debug, Message = "No connection, in detail")]
    private partial void LogLostInDetail(Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Not enrolled at {Center}: {Reason}. Attempts go on")]
    private partial void LogNotEnrolled(Uri center, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The center {Center} does not know this agent any more, and it cannot enrol again: {Reason}. Attempts go on")]
    private partial void LogUnknown(Uri center, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center {Center} knows this agent's identity as another machine's")]
    private partial void LogCloned(Uri center);
}
