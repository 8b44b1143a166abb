using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Nerve.Server.Tests.Support;

/// <summary>A link to one of the center's hubs whose other end talks and never reads, with hardly any room for what is not read.</summary>
internal sealed class DeafLink : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private int _calls;

    public static async Task<DeafLink> OpenAsync(TestCenter center, string hub, string credential)
    {
        var link = new DeafLink();
        link._socket.Options.SetRequestHeader("Authorization", $"Bearer {credential}");
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        await link._socket.ConnectAsync(new UriBuilder(new Uri(center.Address, hub)) { Scheme = "ws" }.Uri, invoker, TestCenter.Cancelled);
        await link.SendAsync("{\"protocol\":\"json\",\"version\":1}");
        return link;
    }

    /// <param name="method">Of the hub.</param>
    /// <param name="argument">Its one argument, as JSON.</param>
    public Task CallAsync(string method, string argument) =>
        SendAsync($"{{\"type\":1,\"invocationId\":\"{++_calls}\",\"target\":\"{method}\",\"arguments\":[{argument}]}}");

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, TestCenter.Cancelled);
}
