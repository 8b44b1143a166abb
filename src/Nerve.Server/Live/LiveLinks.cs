using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Nerve.Server.Identity;

namespace Nerve.Server.Live;

/// <summary>The browsers' links. A link outlives the request that opened it, so whether its session or token still holds is asked again
/// and again: it ends soon after they do. A page whose session was renewed meanwhile comes back with the new cookie by itself.</summary>
public sealed partial class LiveLinks(CredentialService credentials, TimeProvider time, ILogger<LiveLinks> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, HubCallerContext> _open = new(StringComparer.Ordinal);

    internal void Add(HubCallerContext link) => _open[link.ConnectionId] = link;

    internal void Remove(HubCallerContext link) => _open.TryRemove(link.ConnectionId, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CheckAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(logger, exception);
            }
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var link in _open.Values)
        {
            if (HasExpired(link) || !await credentials.HoldAsync(link.User!, cancellationToken))
            {
                link.Abort();
            }
        }
    }

    private bool HasExpired(HubCallerContext link) =>
        link.GetHttpContext()?.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc <= time.GetUtcNow();

    [LoggerMessage(1, LogLevel.Warning, "The sessions behind open links could not be checked; trying again soon")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
