using Nerve.Protocol.Link;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Identity;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Server.Agents;

/// <summary>Trades an enrolment token for an agent's own identity.</summary>
/// <remarks>A machine that was installed anew keeps its id: same hardware, and the old agent is not connected. Then the old
/// credential is dead at once.</remarks>
public sealed partial class EnrolmentService(
    IAgentStore agents, ITokenStore tokens, AgentDirectory directory, LivenessTracker liveness, RunReconciler runs, IdSource ids,
    AgentSettingsService settings, TimeProvider time, ILogger<EnrolmentService> logger) : IDisposable
{
    /// <summary>All of them count up one row, the token's: more at once would only hold connections to the database while they wait for each other.</summary>
    private readonly Admission _door = new(atOnce: 4);

    /// <param name="request">Who wants in.</param>
    /// <param name="enrolToken">The token that let it in; null for the debug token.</param>
    /// <param name="cancellationToken">Ends the wait for its turn. What has begun comes to its end, and is undone if nobody is there to hear of it.</param>
    public Task<EnrolReply> EnrolAsync(EnrolRequest request, Guid? enrolToken, CancellationToken cancellationToken)
    {
        EnrolmentRules.Check(request);
        return _door.PassAsync(() => TradeAsync(request, enrolToken, cancellationToken), cancellationToken);
    }

    public void Dispose() => _door.Dispose();

    /// <summary>A use that was counted leads to an agent that knows its credential, or is given back.</summary>
    private async Task<EnrolReply> TradeAsync(EnrolRequest request, Guid? enrolToken, CancellationToken caller)
    {
        if (enrolToken is { } id && !await tokens.UseEnrolTokenAsync(id, time.UtcMilliseconds(), CancellationToken.None))
        {
            throw new ProblemException(
                StatusCodes.Status401Unauthorized, "auth.tokenUsedUp", "This enrolment token can no longer be used: create a new one.");
        }

        try
        {
            return await AdmitAsync(request, caller);
        }
        catch when (enrolToken is not null)
        {
            await GiveBackAsync(enrolToken.Value);
            throw;
        }
    }

    private async Task<EnrolReply> AdmitAsync(EnrolRequest request, CancellationToken caller)
    {
        caller.ThrowIfCancellationRequested();
        var credential = Secret.Create(Secret.AgentPrefix);
        var agent = await ReinstalledAsync(request, Secret.Hash(credential), caller) ?? await AddAsync(request, Secret.Hash(credential), caller);
        return new EnrolReply(agent.Id, credential, settings.InForce.HeartbeatSeconds);
    }

    /// <summary>As well as may be: what kept the machine out may keep this from being written too.</summary>
    private async Task GiveBackAsync(Guid enrolToken)
    {
        try
        {
            await tokens.GiveBackEnrolTokenUseAsync(enrolToken, CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogNotGivenBack(logger, enrolToken, failure.GetBaseException().Message);
        }
    }

    private async Task<Agent?> ReinstalledAsync(EnrolRequest request, string credentialHash, CancellationToken caller)
    {
        if (request.Fingerprint is null
            || await agents.FindByFingerprintAsync(request.Fingerprint, CancellationToken.None) is not { } known
            || liveness.IsConnected(known.Id))
        {
            return null;
        }

        var agent = await agents.UpdateAsync(known.Id, old => Describe(old, request) with { CredentialHash = credentialHash }, CancellationToken.None);
        if (agent is not null)
        {
            await runs.JournalIsGoneAsync(agent.Id, CancellationToken.None);
            directory.Put(agent);
            LogReinstalled(logger, agent.Id, agent.Hostname);
            caller.ThrowIfCancellationRequested(); // it is found again when it comes again
        }

        return agent;
    }

    private async Task<Agent> AddAsync(EnrolRequest request, string credentialHash, CancellationToken caller)
    {
        var now = time.UtcMilliseconds();
        var agent = Describe(
            new Agent
            {
                Id = ids.Next(),
                Hostname = request.Hostname,
                CredentialHash = credentialHash,
                Fingerprint = request.Fingerprint,
                EnrolledAt = now,
                Status = AgentStatus.Offline,
                StatusSince = now,
            },
            request);
        await agents.AddAsync(agent, CancellationToken.None);
        if (caller.IsCancellationRequested)
        {
            // Nobody will ever have its credential, and the machine may come again as another.
            await agents.DeleteAsync(agent.Id, now, CancellationToken.None);
            throw new OperationCanceledException(caller);
        }

        directory.Put(agent);
        LogEnrolled(logger, agent.Id, agent.Hostname);
        return agent;
    }

    private static Agent Describe(Agent agent, EnrolRequest request) => agent with
    {
        Hostname = request.Hostname,
        AgentVersion = request.AgentVersion,
        ReportedLabels = request.Labels ?? new Dictionary<string, string>(),
        ReportedCluster = request.Cluster,
    };

    [LoggerMessage(1, LogLevel.Information, "Agent {Agent} enrolled as {Hostname}")]
    private static partial void LogEnrolled(ILogger logger, Guid agent, string hostname);

    [LoggerMessage(2, LogLevel.Warning, "Agent {Agent} ({Hostname}) enrolled again from the same hardware; its former credential is dead")]
    private static partial void LogReinstalled(ILogger logger, Guid agent, string hostname);

    [LoggerMessage(3, LogLevel.Warning, "A use of the enrolment token {Token} led to no agent and could not be given back: {Reason}")]
    private static partial void LogNotGivenBack(ILogger logger, Guid token, string reason);
}
