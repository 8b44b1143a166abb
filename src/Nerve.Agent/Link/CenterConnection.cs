using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nerve.Agent.Identity;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>One SignalR connection to one center, made once and thrown away when it fails.</summary>
internal sealed class CenterConnection : IAsyncDisposable
{
    private static readonly TimeSpan s_connectDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_closeDeadline = TimeSpan.FromSeconds(2);

    /// <summary>A center says something every 15 seconds, however busy it is: a link that is silent for twice as long has died.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);

    private readonly HubConnection _hub;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CenterConnection(HubConnection hub, TimeProvider time)
    {
        (_hub, _time) = (hub, time);
        Gateway = new AgentGatewayClient(hub, time);
        hub.Closed += reason =>
        {
            _closed.TrySetException(reason ?? new IOException("the center closed the connection"));
            return Task.CompletedTask;
        };
    }

    public IAgentGateway Gateway { get; }

    /// <summary>Fails when the connection is lost.</summary>
    public Task Closed => _closed.Task;

    public static async Task<CenterConnection> OpenAsync(
        Uri server, AgentIdentity identity, IAgentPeer peer, TimeProvider time, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var connection = new CenterConnection(Build(server, identity, peer, time, logs), time);
        try
        {
            using var deadline = new CancellationTokenSource(s_connectDeadline, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            await connection._hub.StartAsync(either.Token).WaitAsync(s_connectDeadline, time, cancellationToken);
            return connection;
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync();
            if (failure is OperationCanceledException or TimeoutException && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"it did not answer within {s_connectDeadline.TotalSeconds} s", failure);
            }

            throw;
        }
    }

    /// <summary>A dead network must not hold the agent up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync().AsTask().WaitAsync(s_closeDeadline, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ = _closed.TrySetCanceled();
    }

    // Put together by hand: the builder brings a container for services into the agent, which is 150 kB of code for five objects.
    private static HubConnection Build(Uri server, AgentIdentity identity, IAgentPeer peer, TimeProvider time, ILoggerFactory logs)
    {
        var http = new HttpConnectionOptions
        {
            // Sent in the Authorization header: the query string is for browsers only.
            AccessTokenProvider = () => Task.FromResult<string?>(identity.Credential),
            HttpMessageHandlerFactory = inner => CenterHttp.Handler(inner, time),
            DefaultTransferFormat = TransferFormat.Text,
        };
        var json = new JsonHubProtocolOptions { PayloadSerializerOptions = new JsonSerializerOptions(AgentJsonContext.Default.Options) };
        var hub = new HubConnection(
            new HttpConnectionFactory(new OptionsWrapper<HttpConnectionOptions>(http), logs),
            new JsonHubProtocol(new OptionsWrapper<JsonHubProtocolOptions>(json)),
            new UriEndPoint(CenterHttp.Address(server, ProtocolInfo.AgentHubPath)),
            new NoServices(),
            logs)
        {
            ServerTimeout = s_silence,
        };
        hub.On<RunAssignment>(nameof(IAgentPeer.Run), peer.Run);
        hub.On<RunCancel>(nameof(IAgentPeer.Cancel), peer.Cancel);
        hub.On<AgentSettings>(nameof(IAgentPeer.Configure), peer.Configure);
        return hub;
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
