using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Nerve.EndToEnd.Harness;

/// <summary>Every status an observer gets to see, whenever somebody answers.</summary>
internal sealed class StatusWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    private StatusWatch(CenterApi api, Guid agent) => _watching = WatchAsync(api, agent);

    public ConcurrentQueue<string> Seen { get; } = new();

    public static StatusWatch Of(CenterApi api, Guid agent) => new(api, agent);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(CenterApi api, Guid agent)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Seen.Enqueue((await api.AgentAsync(agent)).Status);
            }
            catch (Exception away) when (away is HttpRequestException or SocketException)
            {
                // The center is down.
            }

            await Task.Delay(20, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
