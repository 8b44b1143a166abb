using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Probes;

/// <summary>Talks with a child through its standard streams, by poll(2): no call waits past its deadline, whatever the child does, and no
/// thread is kept by one that hangs.</summary>
internal sealed unsafe class ChildPipes(Process child) : IDisposable
{
    // A pipe that poll(2) calls writable takes this much without waiting.
    private const int PipeBuffer = 4096;

    private readonly SafePipeHandle _output = Handle(child.StandardOutput.BaseStream);
    private readonly SafePipeHandle? _input = child.StartInfo.RedirectStandardInput ? Handle(child.StandardInput.BaseStream) : null;
    private byte[] _buffer = new byte[PipeBuffer];
    private int _length;

    /// <returns>False when the child does not take it in time, or is gone.</returns>
    public bool Write(ReadOnlySpan<byte> data, Deadline deadline)
    {
        while (data.Length > 0)
        {
            if (!Wait(_input!, LibC.POLLOUT, deadline))
            {
                return false;
            }

            nint written;
            fixed (byte* start = data)
            {
                written = LibC.write(Descriptor(_input!), start, (nuint)Math.Min(data.Length, PipeBuffer));
            }

            if (written < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                return false;
            }

            data = data[(int)Math.Max(written, 0)..];
        }

        return true;
    }

    /// <summary>The next line, without its end; valid until the next call.</summary>
    public PipeRead ReadLine(Deadline deadline, int limit, out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            if (_buffer.AsSpan(searched, _length - searched).IndexOf((byte)'\n') is >= 0 and var end)
            {
                line = Take(searched + end);
                return PipeRead.Done;
            }

            searched = _length;
            if (Fill(deadline, limit) is var read and not PipeRead.Done)
            {
                line = default;
                return read;
            }
        }
    }

    /// <summary>Everything until the child closes its end.</summary>
    public PipeRead ReadToEnd(Deadline deadline, int limit, out ReadOnlySpan<byte> text)
    {
        PipeRead read;
        do
        {
            read = Fill(deadline, limit);
        }
        while (read == PipeRead.Done);

        text = _buffer.AsSpan(0, _length);
        return read == PipeRead.Ended ? PipeRead.Done : read;
    }

    public void Dispose()
    {
        _output.Dispose();
        _input?.Dispose();
    }

    // The line stays where it is until the next read moves what comes after it to the front.
    private ReadOnlySpan<byte> Take(int end)
    {
        var line = _buffer.AsSpan(0, end).ToArray();
        _length -= end + 1;
        _buffer.AsSpan(end + 1, _length).CopyTo(_buffer);
        return line;
    }

    private PipeRead Fill(Deadline deadline, int limit)
    {
        if (_length == _buffer.Length)
        {
            if (_length >= limit)
            {
                return PipeRead.TooLong;
            }

            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, limit));
        }

        if (!Wait(_output, LibC.POLLIN, deadline))
        {
            return PipeRead.Late;
        }

        nint read;
        fixed (byte* start = &_buffer[_length])
        {
            read = LibC.read(Descriptor(_output), start, (nuint)(_buffer.Length - _length));
        }

        if (read < 0)
        {
            return Marshal.GetLastPInvokeError() == LibC.EINTR ? PipeRead.Done : PipeRead.Ended;
        }

        _length += (int)read;
        return read == 0 ? PipeRead.Ended : PipeRead.Done;
    }

    private static bool Wait(SafePipeHandle pipe, short what, Deadline deadline)
    {
        while (true)
        {
            var descriptor = new LibC.PollDescriptor { Descriptor = Descriptor(pipe), Wanted = what };
            var ready = LibC.poll(&descriptor, 1, deadline.MillisecondsLeft);
            if (ready >= 0 || Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                return ready > 0;
            }
        }
    }

    private static SafePipeHandle Handle(Stream stream) => ((PipeStream)stream).SafePipeHandle;

    private static int Descriptor(SafePipeHandle pipe) => (int)pipe.DangerousGetHandle();
}

internal enum PipeRead
{
    Done,

    /// <summary>The deadline has passed.</summary>
    Late,

    /// <summary>The child has closed its end, which is mostly its death.</summary>
    Ended,

    TooLong,
}

/// <summary>A moment by the monotonic clock of the machine: what a device does not do in real time it does not do.</summary>
internal readonly struct Deadline(TimeSpan fromNow)
{
    private readonly long _at = Stopwatch.GetTimestamp() + (long)(fromNow.TotalSeconds * Stopwatch.Frequency);

    public int MillisecondsLeft => (int)Math.Clamp((_at - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency, 0, int.MaxValue);

    public bool HasPassed => Stopwatch.GetTimestamp() >= _at;
}
