using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Link;

/// <summary>Delivers the inventory whenever it is not the one that the center has: the sections that changed, and once a day the whole.</summary>
internal sealed partial class InventoryReports(InventoryWatch watch, ILogger<InventoryReports> log)
{
    /// <summary>Runs until the connection fails or is given up.</summary>
    public async Task RunAsync(IAgentGateway gateway, bool wanted, CancellationToken cancellationToken)
    {
        if (wanted)
        {
            watch.Forget();
        }

        string? refused = null;
        while (true)
        {
            var looked = watch.Looked;
            if (watch.Latest is { } latest && watch.IsReportDue && latest.Hash != refused)
            {
                refused = await ReportAsync(gateway, latest, cancellationToken) ? null : latest.Hash;
                continue;
            }

            await looked.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> ReportAsync(IAgentGateway gateway, InventoryWatch.Observed latest, CancellationToken cancellationToken)
    {
        if (watch.Acknowledged is { } known && !watch.IsWholeDue)
        {
            var update = await AskAsync(gateway.ReportInventorySections(latest.Since(known)), cancellationToken);
            if (update.Accepted)
            {
                watch.Acknowledge(latest, whole: false);
                return true;
            }

            LogSectionsRefused(update.Code);
        }

        var reply = await AskAsync(gateway.ReportInventory(latest.Inventory), cancellationToken);
        if (reply.Accepted)
        {
            watch.Acknowledge(latest, whole: true);
            return true;
        }

        LogRefused(reply.Code);
        return false;
    }

    private static async Task<ReportReply> AskAsync(Task<ReportReply> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.WaitAsync(cancellationToken);
        }
        catch (HubException refusal) when (!CenterFault.IsUnknownAgent(refusal) && !CenterFault.IsClonedAgent(refusal))
        {
            return ReportReply.Refused(CenterFault.Reason(refusal));
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The center did not take the changed sections of the inventory: {Reason}. It gets the whole")]
    private partial void LogSectionsRefused(string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The center did not take the inventory: {Reason}. It is sent again when it changes or with the next connection")]
    private partial void LogRefused(string? reason);
}
