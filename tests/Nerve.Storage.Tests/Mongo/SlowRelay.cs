using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>Stands before a server that takes its time for the first of each of some commands.</summary>
internal sealed class SlowRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly TimeSpan _delay;
    private readonly List<byte[]> _commands;
    private readonly Task _accepting;

    public SlowRelay(string server, TimeSpan delay, params string[] commands)
    {
        (_server, _delay, _commands) = (new Uri(server), delay, [.. commands.Select(Encoding.ASCII.GetBytes)]);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"mongodb://{_listener.LocalEndpoint}";

    /// <summary>How many commands it held up.</summary>
    public int Delayed { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(_server.Host, _server.Port, _end.Token);
            await Task.WhenAny(
                AskAsync(client.GetStream(), server.GetStream()),
                server.GetStream().CopyToAsync(client.GetStream(), _end.Token));
        }
    }

    private async Task AskAsync(NetworkStream client, NetworkStream server)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            if (_commands.Find(command => buffer.AsSpan(0, count).IndexOf(command) >= 0) is { } slow)
            {
                _commands.Remove(slow);
                Delayed++;
                await Task.Delay(_delay, _end.Token);
            }

            await server.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
