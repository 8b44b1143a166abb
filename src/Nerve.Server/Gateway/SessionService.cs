using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Server.Gateway;

/// <summary>What happens when an agent says hello: who it is now, what became of its runs, what it should do next.</summary>
public sealed class SessionService(
    IAgentStore agents, AgentDirectory directory, RunReconciler reconciler, RunDispatcher dispatcher, AgentSettingsService settings)
    : IDisposable
{
    private readonly Admission _door = new(atOnce: 16);

    /// <exception cref="ProblemException">No common protocol, a clone, or a malformed hello.</exception>
    public Task<HelloReply> OpenAsync(Guid agentId, Hello hello, CancellationToken cancellationToken)
    {
        EnrolmentRules.Check(hello);
        if (hello.Protocol < 1)
        {
            throw Problems.Invalid("protocol", $"must be between 1 and {ProtocolInfo.Version}: update the agent");
        }

        return _door.PassAsync(() => GreetAsync(agentId, hello, cancellationToken), cancellationToken);
    }

    /// <summary>The link is known here: work may be sent.</summary>
    public void Opened(Guid agentId) => dispatcher.Wake(agentId);

    public void Dispose() => _door.Dispose();

    private async Task<HelloReply> GreetAsync(Guid agentId, Hello hello, CancellationToken cancellationToken)
    {
        var agent = await agents.UpdateAsync(agentId, old => Greet(old, hello), cancellationToken) ?? throw AgentEndpoints.Unknown(agentId);
        directory.Put(agent);
        var unknownRuns = await reconciler.ReconcileAsync(agentId, hello.Runs, cancellationToken);
        return new HelloReply(
            Math.Min(hello.Protocol, ProtocolInfo.Version),
            settings.InForce,
            agent.InventoryHash is null || agent.InventoryHash != hello.InventoryHash,
            unknownRuns);
    }

    private static Agent Greet(Agent old, Hello hello) =>
        IsOther(old.Fingerprint, hello.Fingerprint)
            ? throw Problems.Conflict(
                ProblemCodes.AgentCloned, "This identity belongs to other hardware: remove the agent's state folder and enrol again.")
            : old with
            {
                Hostname = hello.Hostname,
                AgentVersion = hello.AgentVersion,
                BootId = hello.BootId,
                Fingerprint = hello.Fingerprint ?? old.Fingerprint,
                ReportedLabels = hello.Labels,
                ReportedCluster = hello.Cluster,
            };

    /// <summary>Identifiers of different kinds (<c>dmi-…</c>, <c>machine-…</c>) say nothing about each other.</summary>
    private static bool IsOther(string? stored, string? now) =>
        stored is not null && now is not null && stored != now && stored.Split('-')[0] == now.Split('-')[0];
}
