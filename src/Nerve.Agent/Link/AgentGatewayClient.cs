using Microsoft.AspNetCore.SignalR.Client;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>The center's hub methods as calls. A call that is not answered in time fails.</summary>
internal sealed class AgentGatewayClient(HubConnection connection, TimeProvider time) : IAgentGateway
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_inventoryDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_goodbyeDeadline = TimeSpan.FromSeconds(2);

    public Task<HelloReply> Hello(Hello hello) => CallAsync<HelloReply>(nameof(Hello), hello, Deadline);

    public Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat) => CallAsync<HeartbeatReply>(nameof(Heartbeat), heartbeat, Deadline);

    public Task<ReportReply> ReportInventory(Inventory inventory) =>
        CallAsync<ReportReply>(nameof(ReportInventory), inventory, s_inventoryDeadline);

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update) =>
        CallAsync<ReportReply>(nameof(ReportInventorySections), update, s_inventoryDeadline);

    public Task<ReportReply> ReportRunStarted(RunStarted started) => CallAsync<ReportReply>(nameof(ReportRunStarted), started, Deadline);

    public Task<OutputReply> ReportRunOutput(RunOutput output) => CallAsync<OutputReply>(nameof(ReportRunOutput), output, Deadline);

    public Task<ReportReply> ReportRunFinished(RunFinished finished) =>
        CallAsync<ReportReply>(nameof(ReportRunFinished), finished, Deadline);

    public Task Goodbye(Goodbye goodbye) =>
        connection.InvokeCoreAsync(nameof(Goodbye), [goodbye]).WaitAsync(s_goodbyeDeadline, time);

    private async Task<T> CallAsync<T>(string method, object argument, TimeSpan deadline)
    {
        try
        {
            return await connection.InvokeCoreAsync<T>(method, [argument]).WaitAsync(deadline, time);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the center did not answer {method} within {deadline.TotalSeconds} s");
        }
    }
}
