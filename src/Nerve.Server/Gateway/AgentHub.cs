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
    private const string SaidHello = "hello";

    private Guid AgentId => Context.User!.AgentId();

    public static string GroupOf(Guid agent) => "agent:" + agent.ToString("N");

    public async Task<HelloReply> Hello(Hello hello)
    {
        var reply = await session.OpenAsync(AgentId, hello, Context.ConnectionAborted);
        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(AgentId));
        Context.Items[SaidHello] = true;
        sessions.Add(AgentId, Context);
        await presence.ConnectedAsync(AgentId, Context.ConnectionId, Context.ConnectionAborted);
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
        var agent = Caller();
        sessions.Remove(agent, Context.ConnectionId);
        return presence.DisconnectedAsync(agent, Context.ConnectionId, saidGoodbye: true, CancellationToken.None);
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        sessions.Remove(AgentId, Context.ConnectionId);

        // When it is the center that goes, the link says nothing about the agent.
        if (Context.Items.ContainsKey(SaidHello) && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await presence.DisconnectedAsync(AgentId, Context.ConnectionId, saidGoodbye: false, CancellationToken.None);
        }
    }

    private Guid Caller() => Context.Items.ContainsKey(SaidHello) ? AgentId : throw new HubException("Say hello first.");
}
