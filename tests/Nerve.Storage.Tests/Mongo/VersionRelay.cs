using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nerve.Storage.Tests.Mongo;

/// <summary>Stands before a server and changes one text in its answers into another of the same length.</summary>
internal sealed class VersionRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly (byte[] From, byte[] To) _change;
    private readonly Task _accepting;

    public VersionRelay(string server, string from, string to)
    {
        _server = new Uri(server);
        _change = (Encoding.ASCII.GetBytes(from), Encoding.ASCII.GetBytes(to));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"mongodb://{_listener.LocalEndpoint}/?directConnection=true";

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
                client.GetStream().CopyToAsync(server.GetStream(), _end.Token),
                AnswerAsync(server.GetStream(), client.GetStream()));
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            for (var at = 0; buffer.AsSpan(at, count - at).IndexOf(_change.From) is var found and >= 0; at += found + 1)
            {
                _change.To.CopyTo(buffer, at + found);
            }

            await client.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
