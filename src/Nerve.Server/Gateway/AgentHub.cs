using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Inventories;
using Nerve.Server.Tasks;

namespace Nerve.Server.Gateway;

/// <summary>The agents' end of the wire: transport only, the services behind it decide. See <see cref="IAgentGateway"/> for the rules.</summary>
[Authorize(Policies.Agent)]
internal sealed class AgentHub(
    AgentSessions sessions, PresenceService presence, SessionService session, HeartbeatService heartbeats,
    InventoryService inventories, RunReportService runs, IHostApplicationLifetime lifetime) : Hub<IAgentPeer>, IAgentGateway
{
    private Guid AgentId => Context.User!.AgentId();

    public async Task<HelloReply> Hello(Hello hello)
    {
        var reply = await session.OpenAsync(AgentId, hello, Context.ConnectionAborted);
        Context.Features.Set(Greeted.Yes);
        sessions.Add(AgentId, Context);
        presence.Connected(AgentId, Context.ConnectionId);
        if (Context.ConnectionAborted.IsCancellationRequested)
        {
            // The link ended while its hello waited, and what follows the end of a link may be over already.
            Leave(saidGoodbye: false);
        }

        session.Opened(AgentId);
        return reply;
    }

    public async Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat) =>
        await heartbeats.TakeAsync(Caller(), heartbeat, Context.ConnectionAborted) ?? throw new HubException(ProblemCodes.AgentUnknown);

    public Task<ReportReply> ReportInventory(Inventory inventory) => inventories.TakeAsync(Caller(), inventory, Context.ConnectionAborted);

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update) => inventories.TakeAsync(Caller(), update, Context.ConnectionAborted);

    public Task<ReportReply> ReportRunStarted(RunStarted started) => runs.StartedAsync(Caller(), started, Context.ConnectionAborted);

    public Task<OutputReply> ReportRunOutput(RunOutput output) => runs.OutputAsync(Caller(), output, Context.ConnectionAborted);

    public Task<ReportReply> ReportRunFinished(RunFinished finished) => runs.FinishedAsync(Caller(), finished, Context.ConnectionAborted);

    public Task Goodbye(Goodbye goodbye)
    {
        Caller();
        Leave(saidGoodbye: true);
        return Task.CompletedTask;
    }

    /// <summary>What a link began with would be kept as long as it lasts: the agent's credential, for nothing.</summary>
    public override Task OnConnectedAsync()
    {
        var headers = Context.GetHttpContext()!.Request.Headers;
        foreach (var name in headers.Keys.ToList())
        {
            headers.Remove(name); // Clear would only forget that they are there: the server keeps their texts for the next request
        }

        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.Features.Get<Greeted>() is not null)
        {
            Leave(saidGoodbye: false);
        }

        return Task.CompletedTask;
    }

    private void Leave(bool saidGoodbye)
    {
        sessions.Remove(AgentId, Context.ConnectionId);

        // When it is the center that goes, the end of a link says nothing about the agent.
        if (saidGoodbye || !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            presence.Disconnected(AgentId, Context.ConnectionId, saidGoodbye);
        }
    }

    private Guid Caller() => Context.Features.Get<Greeted>() is not null ? AgentId : throw new HubException("Say hello first.");

    /// <summary>That the link said hello. Among its features, for its items would be a dictionary of half a kilobyte more for each agent.</summary>
    private sealed class Greeted
    {
        public static readonly Greeted Yes = new();
    }
}
