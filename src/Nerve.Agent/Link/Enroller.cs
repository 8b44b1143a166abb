using Microsoft.Extensions.Logging;
using Nerve.Agent.Identity;
using Nerve.Agent.Options;
using Nerve.Configuration;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Keeps the agent's identity: loaded at start, given by a center at enrolment, given up when it is another machine's.</summary>
internal sealed partial class Enroller(
    IdentityStore store, HostFacts host, AgentOptions options, Rhythm rhythm, TimeProvider time, ILogger<Enroller> log)
{
    private readonly Enrolment _enrolment = new(time);
    private bool _isSaved = true;

    public AgentIdentity? Identity { get; private set; }

    /// <summary>Takes the stored identity unless this is not the machine it was given to.</summary>
    /// <exception cref="ConfigurationException">It cannot be used, or there is none and no way to get one.</exception>
    public void Load()
    {
        Identity = store.Load();
        if (Identity is { } stored && MachineFingerprint.Differ(stored.Fingerprint, host.Fingerprint))
        {
            GiveUp();
        }

        if (Identity is null && !options.Token.IsConfigured)
        {
            throw new ConfigurationException(
                "token is required: this machine is not enrolled yet; give an enrolment token with --token-file FILE or NERVE_TOKEN "
                + "(on the center: nerve-center enroll-token create)");
        }
    }

    public async Task<AgentIdentity> EnsureAsync(Uri server, CancellationToken cancellationToken)
    {
        if (Identity is not { } known)
        {
            return await EnrolAsync(server, cancellationToken);
        }

        if (!_isSaved)
        {
            Save(known);
        }

        return known;
    }

    /// <summary>The new identity takes the place of the old one, also where the disk does not take it yet: the token's use is spent.</summary>
    /// <exception cref="EnrolmentException">There is no token, or the center refuses it or cannot be reached.</exception>
    public async Task<AgentIdentity> EnrolAsync(Uri server, CancellationToken cancellationToken)
    {
        var (secret, problem) = options.Token.Read();
        if (secret is null)
        {
            throw new EnrolmentException(problem!);
        }

        var request = new EnrolRequest(host.Hostname, host.Fingerprint, AgentVersion.Text, options.Labels, options.Cluster);
        var (identity, heartbeatSeconds) = await _enrolment.EnrolAsync(server, secret, request, cancellationToken);
        Identity = identity;
        Save(identity);
        rhythm.Apply(new AgentSettings(heartbeatSeconds, rhythm.Settings.SampleSeconds));
        LogEnrolled(server, identity.AgentId);
        return identity;
    }

    /// <summary>The state was cloned from another machine: that machine keeps the identity.</summary>
    public void GiveUp()
    {
        Identity = null;
        try
        {
            store.SetAside();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogNotSetAside(failure.Message);
        }
    }

    private void Save(AgentIdentity identity)
    {
        try
        {
            store.Save(identity);
            _isSaved = true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _isSaved = false;
            LogNotSaved(identity.AgentId, failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Enrolled at {Server} as agent {AgentId}; the enrolment token is not needed any more")]
    private partial void LogEnrolled(Uri server, Guid agentId);

    [LoggerMessage(Level = LogLevel.Error, Message = "The identity of agent {AgentId} cannot be stored and is kept in memory only: {Reason}. It is tried again with the next connection")]
    private partial void LogNotSaved(Guid agentId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The identity is another machine's and given up, but its file cannot be put aside: {Reason}")]
    private partial void LogNotSetAside(string reason);
}
