using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Live;

/// <summary>The browsers' links. A link outlives the request that opened it, so whether its session or token still holds is asked again
/// and again: it ends soon after they do. A page whose session was renewed meanwhile comes back with the new cookie by itself.</summary>
public sealed class LiveLinks(CredentialService credentials, TimeProvider time, ILogger<LiveLinks> logger)
    : PeriodicService(TimeSpan.FromSeconds(10), "The sessions behind open links could not be checked", time, logger)
{
    private readonly ConcurrentDictionary<string, HubCallerContext> _open = new(StringComparer.Ordinal);

    internal void Add(HubCallerContext link) => _open[link.ConnectionId] = link;

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

    private bool HasExpired(HubCallerContext link) =>
        link.GetHttpContext()?.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc <= Time.GetUtcNow();
}
