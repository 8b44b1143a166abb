using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Nerve.EndToEnd.Harness;

/// <summary>Stands before a server of this machine, whose links it can cut, refuse and hold up.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly int _target;

    /// <summary>The two ends of each link, and whether it is that of whoever called.</summary>
    private readonly ConcurrentDictionary<Socket, bool> _open = new();

    private TcpListener _listener;
    private volatile TaskCompletionSource _gate = Opened();
    private long _carried;

    public Relay(int target)
    {
        _target = target;
        Port = Ports.Free();
        _listener = Listen();
    }

    public int Port { get; }

    /// <summary>Bytes, of both ways.</summary>
    public long Carried => Interlocked.Read(ref _carried);

    /// <summary>Closes itself when it has carried so many.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Every link ends without a word; new ones are taken.</summary>
    public void CutAll()
    {
        foreach (var (socket, _) in _open)
        {
            socket.Close(0); // a reset, as when the other machine has lost its memory
        }
    }

    /// <summary>Whoever called finds the link gone, and may say the next thing by another way. What was said and held up still arrives, later.</summary>
    public void HangUp()
    {
        foreach (var (socket, isCaller) in _open)
        {
            if (isCaller)
            {
                socket.Close(0);
            }
        }
    }

    /// <summary>Nobody is there any more.</summary>
    public void Close()
    {
        _listener.Stop();
        CutAll();
    }

    public void Open() => _listener = Listen();

    /// <summary>What is said arrives when <see cref="Release"/> is called.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _gate.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Release();
        Close();
        return ValueTask.CompletedTask;
    }

    private TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
        return listener;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await listener.AcceptSocketAsync());
            }
        }
        catch (Exception stopped) when (IsEnd(stopped) || stopped is InvalidOperationException)
        {
            // Closed.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        (_open[client], _open[server]) = (true, false);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception away) when (IsEnd(away))
        {
            // The server is away: so are its links.
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                await _gate.Task;
                if (Interlocked.Add(ref _carried, count) >= Limit)
                {
                    Close();
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception cut) when (IsEnd(cut))
        {
            // So is the other way.
        }
    }

    private static bool IsEnd(Exception exception) => exception is SocketException or ObjectDisposedException;

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
