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

    public async Task<AgentIdentity> EnsureAsync(Uri server, CancellationToken cancellationToken) =>
        Identity ?? await EnrolAsync(server, cancellationToken);

    /// <summary>The new identity takes the place of the old one once it is safely stored, not before.</summary>
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
        store.Save(identity);
        Identity = identity;
        rhythm.Apply(new AgentSettings(heartbeatSeconds, rhythm.Settings.SampleSeconds));
        LogEnrolled(server, identity.AgentId);
        return identity;
    }

    /// <summary>The state was cloned from another machine: that machine keeps the identity.</summary>
    public void GiveUp()
    {
        store.SetAside();
        Identity = null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Enrolled at {Server} as agent {AgentId}; the enrolment token is not needed any more")]
    private partial void LogEnrolled(Uri server, Guid agentId);
}
