using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Live;

/// <summary>The browsers' links. A link outlives the request that opened it, so whether its session or token still holds is asked again
/// and again: it ends soon after they do. A page whose session was renewed meanwhile comes back with the new cookie by itself.</summary>
public sealed partial class LiveLinks(
    IHubContext<LiveHub, ILiveClient> hub, LiveTopics topics, AgentDirectory directory, CredentialService credentials, TimeProvider time, ILogger<LiveLinks> logger)
    : PeriodicService(TimeSpan.FromSeconds(10), "The sessions behind open links could not be checked", time, logger)
{
    private readonly ConcurrentDictionary<string, HubCallerContext> _open = new(StringComparer.Ordinal);

    internal LiveLink Add(HubCallerContext link)
    {
        _open[link.ConnectionId] = link;
        return new LiveLink(hub.Clients.Client(link.ConnectionId), directory.Find, made => Cut(link, made));
    }

    internal void Remove(HubCallerContext link) => _open.TryRemove(link.ConnectionId, out _);

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        foreach (var link in _open.Values)
        {
            if (HasExpired(link) || !await credentials.HoldAsync(link.User!, stoppingToken))
            {
                link.Abort();
            }
        }
    }

    private void Cut(HubCallerContext link, LiveLink made)
    {
        topics.RemoveAll(made);
        LogTooSlow(logger, link.User?.Identity?.Name, LiveLink.MostWaiting);
        link.Abort();
    }

    private bool HasExpired(HubCallerContext link) =>
        link.GetHttpContext()?.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc <= Time.GetUtcNow();

    [LoggerMessage(2, LogLevel.Information, "A browser of {User} takes in less than there is to tell, {Count} events waited: its link is closed, and it begins anew")]
    private static partial void LogTooSlow(ILogger logger, string? user, int count);
}
