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

    private DeafAgent(Guid id) => Id = id;

    public Guid Id { get; }

    public static async Task<DeafAgent> JoinAsync(TestCenter center, string hostname)
    {
        await using var enrolled = await center.EnrolAsync(hostname);
        var agent = new DeafAgent(enrolled.Id);
        agent._socket.Options.SetRequestHeader("Authorization", $"Bearer {enrolled.Credential}");
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        await agent._socket.ConnectAsync(
            new UriBuilder(new Uri(center.Address, ProtocolInfo.AgentHubPath)) { Scheme = "ws" }.Uri, invoker, TestCenter.Cancelled);
        var hello = JsonSerializer.Serialize(
            new Hello(ProtocolInfo.Version, "1.2.3", hostname, null, null, new Dictionary<string, string>(), null, null, []),
            NerveJsonContext.Default.Hello);
        await agent.SendAsync("{\"protocol\":\"json\",\"version\":1}");
        await agent.SendAsync($"{{\"type\":1,\"invocationId\":\"1\",\"target\":\"Hello\",\"arguments\":[{hello}]}}");
        await Eventually.HoldsAsync(() => center.Get<Gateway.AgentSessions>().IsOpen(agent.Id));
        return agent;
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
