using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Delivers the inventory whenever it is not the one that the center has.</summary>
internal sealed partial class InventoryReports(InventoryWatch watch, ILogger<InventoryReports> log)
{
    /// <summary>Runs until the connection fails or is given up.</summary>
    public async Task RunAsync(IAgentGateway gateway, bool wanted, CancellationToken cancellationToken)
    {
        if (wanted)
        {
            watch.AcknowledgedHash = null;
        }

        string? refused = null;
        while (true)
        {
            var changed = watch.Changed;
            if (watch.Latest is { } latest && latest.Hash != watch.AcknowledgedHash && latest.Hash != refused)
            {
                refused = await ReportAsync(gateway, latest, cancellationToken) ? null : latest.Hash;
                continue;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> ReportAsync(IAgentGateway gateway, InventoryWatch.Observed latest, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await gateway.ReportInventory(latest.Inventory).WaitAsync(cancellationToken);
            if (reply.Accepted)
            {
                watch.AcknowledgedHash = latest.Hash;
                return true;
            }

            LogRefused(reply.Code ?? "no reason given");
        }
        catch (HubException refusal) when (!CenterFault.IsUnknownAgent(refusal) && !CenterFault.IsClonedAgent(refusal))
        {
            LogRefused(CenterFault.Reason(refusal));
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center did not take the inventory: {Reason}. It is sent again when it changes or with the next connection")]
    private partial void LogRefused(string reason);
}
