using System.Collections.Concurrent;
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

    /// <summary>Whether messages follow each other without a pause. Thousands of links that are idle most of the time wait without a buffer.</summary>
    public bool IsBusy { get; init; }

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
                if (!IsBusy)
                {
                    await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                }

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

    /// <summary>Waits for as long as the link is read. What follows the answer is done by the thread that found it, and has to be short.</summary>
    public async Task<TReply> CallAsync<TArgument, TReply>(
        string method, TArgument argument, JsonTypeInfo<TArgument> argumentType, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var waiting = new TaskCompletionSource<byte[]>();
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

        return ReplyReader<TReply>.Read(await waiting.Task, replyType);
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

    private void TakeFrame(ReadOnlySpan<byte> bytes)
    {
        var frame = HubFrame.Read(bytes);
        switch (frame.Type)
        {
            case HubFrame.Invocation:
                Call(bytes);
                break;
            case HubFrame.Completion:
                Complete(frame);
                break;
            case HubFrame.Close:
                throw new WebSocketException(frame.Error ?? Closed);
        }
    }

    private void Call(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        using var document = JsonDocument.ParseValue(ref reader);
        called(document.RootElement.GetProperty("target"u8).GetString()!, document.RootElement.GetProperty("arguments"u8)[0]);
    }

    private void Complete(in HubFrame completion)
    {
        if (!_waiting.TryRemove(completion.InvocationId, out var waiting))
        {
            return;
        }

        if (completion.Error is { } error)
        {
            waiting.TrySetException(new CenterRefusal(error));
        }
        else
        {
            waiting.TrySetResult(completion.Result.IsEmpty ? "null"u8.ToArray() : completion.Result.ToArray());
        }
    }
}

/// <summary>The center answered a call with an error.</summary>
internal sealed class CenterRefusal(string message) : Exception(message);
