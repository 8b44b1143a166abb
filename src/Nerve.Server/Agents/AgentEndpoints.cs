using System.Security.Claims;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Server.Audit;
using Nerve.Server.Gateway;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>What may be changed on an agent; what is left out stays.</summary>
/// <param name="Labels">Replaces the labels given here (<c>assignedLabels</c>); the agent's own stay.</param>
/// <param name="Cluster">Puts the agent into this cluster; an empty text returns it to its own.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AgentChange(IReadOnlyDictionary<string, string>? Labels = null, string? Cluster = null);

internal static class AgentEndpoints
{
    public static void MapAgents(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/agents").WithTags("Agents");
        group.MapGet("/", List).RequireAuthorization(Policies.Viewer).WithSummary("The fleet, filtered, sorted, by page");
        group.MapGet("/list", List).RequireAuthorization(Policies.Viewer).ExcludeFromDescription();
        group.MapGet("/summary", Summarize).RequireAuthorization(Policies.Viewer).WithSummary("How many agents are in which state, what they have and how busy they are");
        group.MapGet("/{id:guid}", Get).RequireAuthorization(Policies.Viewer).WithSummary("One agent");
        group.MapPatch("/{id:guid}", ChangeAsync).Audited("agent.change").RequireAuthorization(Policies.Operator).WithSummary("Change labels or cluster");
        group.MapDelete("/{id:guid}", DeleteAsync).Audited("agent.remove").RequireAuthorization(Policies.Operator).WithSummary("Remove an agent and all that is known of it");
        group.MapPost("/register", RegisterAsync).Audited("agent.enrol").RequireAuthorization(Policies.Enrolment).WithSummary("Enrol: an enrolment token for the agent's own credential");
        group.MapPost("/{id:guid}/heartbeat", HeartbeatAsync).NotAudited("a sign of life, many each second").RequireAuthorization(Policies.Agent).WithMetadata(new AgentNotFound())
            .WithSummary("A sign of life, for agents that cannot hold a socket");
    }

    private static Page<AgentSummary> List(
        AgentDirectory fleet, string? q, string? status, string? cluster, string? selector, string? sort, int? limit, string? cursor) =>
        AgentQuery.Parse(q, status, cluster, selector, sort).Run(fleet, PageRequest.Of(limit, cursor));

    private static FleetSummary Summarize(AgentDirectory fleet) => FleetSummary.Of([.. fleet.All()]);

    private static AgentSummary Get(Guid id, AgentDirectory fleet) => fleet.FindWithAssigned(id) ?? throw Unknown(id);

    private static async Task<AgentSummary> ChangeAsync(
        Guid id, AgentChange change, IAgentStore agents, AgentDirectory fleet, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        EnrolmentRules.CheckLabels("labels", change.Labels, errors);
        EnrolmentRules.CheckShort("cluster", change.Cluster, 128, errors);
        EnrolmentRules.Throw(errors);

        var agent = await agents.UpdateAsync(id, Apply, cancellationToken) ?? throw Unknown(id);
        fleet.Put(agent);
        return fleet.FindWithAssigned(id) ?? throw Unknown(id);

        Agent Apply(Agent old) => old with
        {
            AssignedLabels = change.Labels ?? old.AssignedLabels,
            AssignedCluster = change.Cluster is null ? old.AssignedCluster : change.Cluster.Length == 0 ? null : change.Cluster,
        };
    }

    private static async Task<NoContent> DeleteAsync(
        Guid id, IAgentStore agents, PresenceService presence, AgentSessions sessions, TimeProvider time, CancellationToken cancellationToken)
    {
        var wasStored = await agents.DeleteAsync(id, time.UtcMilliseconds(), cancellationToken);

        // Also one that the store does not know any more: an earlier removal may have failed half-way, and it is still on the list.
        sessions.Abort(id);
        presence.Forget(id);
        return wasStored ? TypedResults.NoContent() : throw Unknown(id);
    }

    private static async Task<Created<EnrolReply>> RegisterAsync(
        EnrolRequest request, ClaimsPrincipal caller, EnrolmentService enrolment, CancellationToken cancellationToken)
    {
        var token = caller.FindFirstValue(Schemes.EnrolTokenClaim);
        var reply = await enrolment.EnrolAsync(request, token is null ? null : Guid.Parse(token), cancellationToken);
        return TypedResults.Created($"/api/v1/agents/{reply.AgentId}", reply);
    }

    private static async Task<HeartbeatReply> HeartbeatAsync(
        Guid id, Heartbeat heartbeat, ClaimsPrincipal caller, HeartbeatService heartbeats, AgentDirectory fleet, CancellationToken cancellationToken)
    {
        if (caller.AgentId() != id)
        {
            throw fleet.Find(id) is null
                ? Unknown(id)
                : new ProblemException(StatusCodes.Status403Forbidden, "agent.other", "An agent reports for itself only.");
        }

        return await heartbeats.TakeAsync(id, heartbeat, cancellationToken) ?? throw Unknown(id);
    }

    public static ProblemException Unknown(Guid id) => Problems.NotFound(ProblemCodes.AgentUnknown, $"There is no agent {id} here: if this is you, enrol again.");
}
