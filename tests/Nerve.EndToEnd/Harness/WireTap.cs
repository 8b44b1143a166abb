using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Nerve.EndToEnd.Harness;

/// <summary>Stands between an agent and its center and keeps what the agent says over its WebSocket.</summary>
internal sealed class WireTap : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, Ports.Free());
    private readonly CancellationTokenSource _stop = new();
    private readonly List<byte> _said = [];
    private readonly int _center;
    private readonly Task _accepting;

    public WireTap(int center)
    {
        _center = center;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>The calls of the agent's last connection so far: the method, and its first argument.</summary>
    public IReadOnlyList<(string Method, JsonElement Argument)> Calls()
    {
        byte[] said;
        lock (_said)
        {
            said = [.. _said];
        }

        // SignalR ends each message with a record separator; the last may be on its way.
        return
        [
            .. Encoding.UTF8.GetString(Payload(said)).Split('\u001e')[..^1]
                .Where(message => message.Contains("\"target\"", StringComparison.Ordinal))
                .Select(message => JsonSerializer.Deserialize<JsonElement>(message))
                .Select(call => (call.GetProperty("target").GetString()!, call.GetProperty("arguments")[0])),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
    }

    private async Task ForwardAsync(TcpClient agent)
    {
        using (agent)
        {
            using var center = new TcpClient();
            await center.ConnectAsync(IPAddress.Loopback, _center, _stop.Token);
            var back = center.GetStream().CopyToAsync(agent.GetStream(), _stop.Token);
            await RecordAsync(agent.GetStream(), center.GetStream());
            center.Client.Shutdown(SocketShutdown.Send);
            await back;
        }
    }

    private async Task RecordAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        var begun = new List<byte>();
        var isSocket = false;
        int read;
        while ((read = await from.ReadAsync(buffer, _stop.Token)) > 0)
        {
            lock (_said)
            {
                if (isSocket)
                {
                    _said.AddRange(buffer.AsSpan(0, read));
                }
                else
                {
                    begun.AddRange(buffer.AsSpan(0, read));
                    isSocket = Take(begun);
                }
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    // What comes after the request to become a WebSocket are its frames.
    private bool Take(List<byte> begun)
    {
        var text = Encoding.Latin1.GetString([.. begun]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || !text.Contains("Sec-WebSocket-Key", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        _said.Clear();
        _said.AddRange(begun.Skip(end + 4));
        return true;
    }

    /// <summary>The text of whole frames (RFC 6455 §5.2): those of a client are masked.</summary>
    private static byte[] Payload(ReadOnlySpan<byte> said)
    {
        const int Control = 0x08;
        var text = new List<byte>();
        while (said.Length >= 6)
        {
            var (length, header) = (said[1] & 0x7F) switch
            {
                126 when said.Length >= 8 => ((said[2] << 8) | said[3], 4),
                127 when said.Length >= 14 => ((int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(said[2..]), 10),
                var small => (small, 2),
            };
            if (said.Length < header + 4 + length)
            {
                break;
            }

            var mask = said.Slice(header, 4);
            var data = said.Slice(header + 4, length);
            for (var i = 0; i < length && (said[0] & Control) == 0; i++)
            {
                text.Add((byte)(data[i] ^ mask[i % 4]));
            }

            said = said[(header + 4 + length)..];
        }

        return [.. text];
    }
}
