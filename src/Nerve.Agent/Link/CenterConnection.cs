using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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

    private static HubConnection Build(Uri server, AgentIdentity identity, IAgentPeer peer, TimeProvider time, ILoggerFactory logs)
    {
        var builder = new HubConnectionBuilder().WithUrl(CenterHttp.Address(server, ProtocolInfo.AgentHubPath), http =>
        {
            // Sent in the Authorization header: the query string is for browsers only.
            http.AccessTokenProvider = () => Task.FromResult<string?>(identity.Credential);
            http.HttpMessageHandlerFactory = inner => CenterHttp.Handler(inner, time);
        });
        builder.AddJsonProtocol(json => json.PayloadSerializerOptions = new JsonSerializerOptions(NerveJsonContext.Default.Options));
        builder.Services.AddSingleton(logs);

        var hub = builder.Build();
        hub.On<RunAssignment>(nameof(IAgentPeer.Run), peer.Run);
        hub.On<RunCancel>(nameof(IAgentPeer.Cancel), peer.Cancel);
        hub.On<AgentSettings>(nameof(IAgentPeer.Configure), peer.Configure);
        return hub;
    }
}
