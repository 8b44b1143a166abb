using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Link;

namespace Nerve.Server.Tests.Support;

/// <summary>An agent that says hello and then never reads from its link again.</summary>
internal sealed class DeafAgent : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly TestCenter _center;
    private readonly string _hostname;
    private readonly string _credential;

    private DeafAgent(TestCenter center, Guid id, string hostname, string credential) =>
        (_center, Id, _hostname, _credential) = (center, id, hostname, credential);

    public Guid Id { get; }

    public static async Task<DeafAgent> EnrolAsync(TestCenter center, string hostname)
    {
        await using var enrolled = await center.EnrolAsync(hostname);
        return new DeafAgent(center, enrolled.Id, hostname, enrolled.Credential);
    }

    public async Task ConnectAsync()
    {
        _socket.Options.SetRequestHeader("Authorization", $"Bearer {_credential}");
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        await _socket.ConnectAsync(
            new UriBuilder(new Uri(_center.Address, ProtocolInfo.AgentHubPath)) { Scheme = "ws" }.Uri, invoker, TestCenter.Cancelled);
        var hello = JsonSerializer.Serialize(
            new Hello(ProtocolInfo.Version, "1.2.3", _hostname, null, null, new Dictionary<string, string>(), null, null, []),
            NerveJsonContext.Default.Hello);
        await SendAsync("{\"protocol\":\"json\",\"version\":1}");
        await SendAsync($"{{\"type\":1,\"invocationId\":\"1\",\"target\":\"Hello\",\"arguments\":[{hello}]}}");
        await Eventually.HoldsAsync(() => _center.Get<Gateway.AgentSessions>().IsOpen(Id));
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>With hardly any room for what is not read.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, TestCenter.Cancelled);
}
