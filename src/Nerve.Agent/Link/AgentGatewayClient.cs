using Microsoft.AspNetCore.SignalR.Client;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>The center's hub methods as calls. A call that is not answered in time fails.</summary>
/// <remarks>The center takes one call of a link at a time, and while its database is slow each takes up to 15 seconds. A call that was given up sooner
/// would still be there, with its repetition behind it. A link that died is noticed sooner all the same (<see cref="CenterConnection"/>).</remarks>
internal sealed class AgentGatewayClient(HubConnection connection, TimeProvider time) : IAgentGateway
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_helloDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_goodbyeDeadline = TimeSpan.FromSeconds(2);

    /// <remarks>Comes first and waits for nothing else.</remarks>
    public Task<HelloReply> Hello(Hello hello) => CallAsync<HelloReply>(nameof(Hello), hello, s_helloDeadline);

    public Task<HeartbeatReply> Heartbeat(Heartbeat heartbeat) => CallAsync<HeartbeatReply>(nameof(Heartbeat), heartbeat, s_deadline);

    public Task<ReportReply> ReportInventory(Inventory inventory) => CallAsync<ReportReply>(nameof(ReportInventory), inventory, s_deadline);

    public Task<ReportReply> ReportInventorySections(InventoryUpdate update) =>
        CallAsync<ReportReply>(nameof(ReportInventorySections), update, s_deadline);

    public Task<ReportReply> ReportRunStarted(RunStarted started) => CallAsync<ReportReply>(nameof(ReportRunStarted), started, s_deadline);

    public Task<OutputReply> ReportRunOutput(RunOutput output) => CallAsync<OutputReply>(nameof(ReportRunOutput), output, s_deadline);

    public Task<ReportReply> ReportRunFinished(RunFinished finished) => CallAsync<ReportReply>(nameof(ReportRunFinished), finished, s_deadline);

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
