using Nerve.Agent.Tasks;
using Nerve.Protocol;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>One connection's conversation, from the greeting to the end of the connection.</summary>
internal sealed class AgentSession(
    Rhythm rhythm, HeartbeatLoop heartbeats, InventoryWatch watch, InventoryReports inventories, RunManager runs, GatewayRunReporter reporter)
{
    /// <summary>Greets, then talks until the connection fails (throws) or the agent stops (throws <see cref="OperationCanceledException"/>).</summary>
    /// <param name="hello">Who we are; the session adds what it knows of inventory and runs.</param>
    /// <param name="gateway">The center.</param>
    /// <param name="greeted">Called when the center has answered.</param>
    /// <param name="closed">Ends when the connection does.</param>
    /// <param name="cancellationToken">The agent stops.</param>
    public async Task RunAsync(Hello hello, IAgentGateway gateway, Action greeted, Task closed, CancellationToken cancellationToken)
    {
        var reply = await gateway
            .Hello(hello with { InventoryHash = watch.Acknowledged?.Hash, Runs = runs.Unacknowledged() })
            .WaitAsync(cancellationToken);
        if (reply.Protocol is < 1 or > ProtocolInfo.Version)
        {
            throw new NotSupportedException(
                $"the center wants to speak protocol version {reply.Protocol}; this agent speaks 1 to {ProtocolInfo.Version}: upgrade it");
        }

        greeted();
        rhythm.Apply(reply.Settings);
        await runs.ForgetAsync(reply.UnknownRuns);
        await TalkAsync(gateway, reply.InventoryWanted, closed, cancellationToken);
    }

    private async Task TalkAsync(IAgentGateway gateway, bool inventoryWanted, Task closed, CancellationToken cancellationToken)
    {
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The first heartbeat comes before everything that waited for a link: the center takes one call of it at a time.
        var beating = heartbeats.RunAsync(gateway, session.Token);
        reporter.Attach(gateway);
        runs.LinkRestored();
        Task[] talking = [beating, inventories.RunAsync(gateway, inventoryWanted, session.Token), closed.WaitAsync(session.Token)];
        try
        {
            await await Task.WhenAny(talking);
        }
        finally
        {
            reporter.Detach();
            await session.CancelAsync();
            await Task.WhenAll(talking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
