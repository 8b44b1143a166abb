using Microsoft.Win32.SafeHandles;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Processes;

/// <summary>Passes on what comes out of a pipe, on a thread of its own, until nobody holds its other end.</summary>
internal sealed class OutputPump
{
    private const int BufferBytes = 64 * 1024;

    private readonly SafeFileHandle _pipe;
    private readonly OutputStream _name;
    private readonly OutputSink _sink;

    // Held while bytes go from the pipe into the count of those that were read.
    private readonly Lock _sync = new();
    private long _read;
    private long _passedOn;

    public OutputPump(SafeFileHandle pipe, OutputStream name, OutputSink sink)
    {
        (_pipe, _name, _sink) = (pipe, name, sink);
        // A thread of its own: this blocks, and the pool may have as few threads as the host has cores.
        Ended = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Task Ended { get; }

    /// <summary>How many bytes will have been passed on once what is in the pipe now is.</summary>
    public long Mark()
    {
        lock (_sync)
        {
            return _pipe.IsClosed ? _read : _read + LibC.BytesToRead((int)_pipe.DangerousGetHandle());
        }
    }

    public bool HasPassed(long mark) => Ended.IsCompleted || Interlocked.Read(ref _passedOn) >= mark;

    private void Run()
    {
        using var stream = new FileStream(_pipe, FileAccess.Read, bufferSize: 0);
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = ReadNext(stream, buffer)) > 0)
        {
            _sink(_name, buffer.AsSpan(0, read));
            Interlocked.Add(ref _passedOn, read);
        }
    }

    private int ReadNext(FileStream stream, Span<byte> buffer)
    {
        // Not to wait with the lock.
        LibC.AwaitReadable((int)_pipe.DangerousGetHandle());
        lock (_sync)
        {
            var read = stream.Read(buffer);
            _read += read;
            return read;
        }
    }
}
