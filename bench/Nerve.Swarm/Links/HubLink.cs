using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Nerve.Swarm.Links;

/// <summary>What the center asks of the agent at the other end.</summary>
/// <param name="target">The method.</param>
/// <param name="argument">Its one argument; valid during the call only.</param>
internal delegate void HubCall(string target, JsonElement argument);

/// <summary>One WebSocket to the agent hub: calls with answers, calls from the center, keep-alive.</summary>
internal sealed class HubLink(Uri server, string credential, HttpMessageInvoker http, HubCall called) : IAsyncDisposable
{
    private const string Closed = "The center closed the link.";

    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<byte[]>> _waiting = new();
    private long _lastId;
    private volatile bool _ended;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _socket.Options.SetRequestHeader("Authorization", "Bearer " + credential);
        _socket.Options.KeepAliveInterval = TimeSpan.Zero; // the hub protocol has its own
        var address = new UriBuilder(new Uri(server, Protocol.ProtocolInfo.AgentHubPath)) { Scheme = server.Scheme == "https" ? "wss" : "ws" };
        await _socket.ConnectAsync(address.Uri, http, cancellationToken);
        await _socket.SendAsync(HubFrames.Handshake, WebSocketMessageType.Text, true, cancellationToken);
    }

    /// <summary>Reads until the link ends; then every call that still waits fails.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Waits without a buffer: thousands of links are idle most of the time.
                await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                if (!await ReadMessageAsync(cancellationToken))
                {
                    return;
                }
            }
        }
        finally
        {
            _ended = true;
            FailWaiting();
        }
    }

    public async Task<TReply> CallAsync<TArgument, TReply>(
        string method, TArgument argument, JsonTypeInfo<TArgument> argumentType, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var waiting = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiting;
        if (_ended)
        {
            FailWaiting();
        }

        using (var frame = new PooledBuffer())
        {
            HubFrames.WriteInvocation(frame, method, id, argument, argumentType);
            await SendAsync(frame.Written, cancellationToken);
        }

        return JsonSerializer.Deserialize(await waiting.Task.WaitAsync(cancellationToken), replyType)!;
    }

    /// <summary>A call whose answer does not matter.</summary>
    public async Task TellAsync<TArgument>(string method, TArgument argument, JsonTypeInfo<TArgument> type, CancellationToken cancellationToken)
    {
        using var frame = new PooledBuffer();
        HubFrames.WriteInvocation(frame, method, Interlocked.Increment(ref _lastId), argument, type);
        await SendAsync(frame.Written, cancellationToken);
    }

    public Task PingAsync(CancellationToken cancellationToken) => SendAsync(HubFrames.Ping, cancellationToken);

    /// <summary>As a cable that is pulled: no goodbye, no closing frame.</summary>
    public void Cut() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _sending.Dispose();
        return ValueTask.CompletedTask;
    }

    private void FailWaiting()
    {
        foreach (var id in _waiting.Keys)
        {
            if (_waiting.TryRemove(id, out var waiting))
            {
                waiting.TrySetException(new WebSocketException(Closed));
            }
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(frame, WebSocketMessageType.Text, true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<bool> ReadMessageAsync(CancellationToken cancellationToken)
    {
        using var message = new PooledBuffer();
        while (true)
        {
            var received = await _socket.ReceiveAsync(message.GetMemory(2048), cancellationToken);
            message.Advance(received.Count);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return false;
            }

            if (received.EndOfMessage)
            {
                TakeFrames(message.Written.Span);
                return true;
            }
        }
    }

    private void TakeFrames(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf(HubFrames.Separator) is var end and >= 0)
        {
            TakeFrame(text[..end]);
            text = text[(end + 1)..];
        }
    }

    private void TakeFrame(ReadOnlySpan<byte> frame)
    {
        var reader = new Utf8JsonReader(frame);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        switch (root.TryGetProperty("type"u8, out var type) ? type.GetInt32() : 0)
        {
            case 1:
                called(root.GetProperty("target"u8).GetString()!, root.GetProperty("arguments"u8)[0]);
                break;
            case 3:
                Complete(root);
                break;
            case 7:
                throw new WebSocketException(root.TryGetProperty("error"u8, out var error) ? error.GetString() : Closed);
        }
    }

    private void Complete(JsonElement completion)
    {
        var id = long.Parse(completion.GetProperty("invocationId"u8).GetString()!, CultureInfo.InvariantCulture);
        if (!_waiting.TryRemove(id, out var waiting))
        {
            return;
        }

        if (completion.TryGetProperty("error"u8, out var error))
        {
            waiting.TrySetException(new CenterRefusal(error.GetString() ?? "refused"));
        }
        else
        {
            waiting.TrySetResult(completion.TryGetProperty("result"u8, out var result)
                ? System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(result).ToArray()
                : "null"u8.ToArray());
        }
    }
}

/// <summary>The center answered a call with an error.</summary>
internal sealed class CenterRefusal(string message) : Exception(message);
