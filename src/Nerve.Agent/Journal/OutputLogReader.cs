using Microsoft.Win32.SafeHandles;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>Reads a run's output log by output offset while it is being written.</summary>
internal sealed class OutputLogReader : IDisposable
{
    // Merging further apart would lose when things were said.
    private static readonly TimeSpan s_mergeWithin = TimeSpan.FromSeconds(1);

    private readonly Guid _runId;
    private readonly SafeFileHandle _file;

    // A frame's place: where its header is in the file, and how much output came before it.
    private long _frameAt;
    private long _frameOffset;

    private OutputLogReader(Guid runId, SafeFileHandle file)
    {
        _runId = runId;
        _file = file;
    }

    /// <summary>Null as long as there is no log.</summary>
    public static OutputLogReader? TryOpen(RunFolder folder)
    {
        try
        {
            return new OutputLogReader(
                folder.RunId,
                File.OpenHandle(folder.OutputPath, share: FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The output from <paramref name="offset"/> on: bytes of one stream, as many as fit and are there. Null if there are none yet.</summary>
    public RunOutput? Read(long offset)
    {
        if (!SeekFrame(offset, out var first))
        {
            return null;
        }
        var skip = (int)(offset - _frameOffset);
        var data = new byte[PieceLength(first, skip)];
        return Fill(first, skip, data) ? new RunOutput(_runId, offset, first.Stream, first.At, data) : null;
    }

    /// <summary>How much output the log holds.</summary>
    public long CountBytes()
    {
        _ = SeekFrame(long.MaxValue, out _);
        return _frameOffset;
    }

    /// <summary>Where in the file the frame begins, or will begin, before which so much output comes; null where none does.</summary>
    public long? PositionOf(long offset)
    {
        _ = SeekFrame(offset, out _);
        return _frameOffset == offset ? _frameAt : null;
    }

    public void Dispose() => _file.Dispose();

    private bool SeekFrame(long offset, out OutputFrame frame)
    {
        if (offset < _frameOffset)
        {
            (_frameAt, _frameOffset) = (0, 0);
        }
        while (TryReadHeader(_frameAt, out frame))
        {
            if (offset < _frameOffset + frame.Length)
            {
                return true;
            }
            _frameAt += OutputFrame.HeaderBytes + frame.Length;
            _frameOffset += frame.Length;
        }
        return false;
    }

    private int PieceLength(OutputFrame first, int skip)
    {
        var length = first.Length - skip;
        var at = _frameAt + OutputFrame.HeaderBytes + first.Length;
        while (length < RunOutput.MaxBytes && TryReadHeader(at, out var next) && Belongs(next, first))
        {
            length += next.Length;
            at += OutputFrame.HeaderBytes + next.Length;
        }
        return Math.Min(length, RunOutput.MaxBytes);
    }

    private bool Fill(OutputFrame frame, int skip, Span<byte> data)
    {
        var at = _frameAt;
        while (true)
        {
            var part = Math.Min(frame.Length - skip, data.Length);
            if (!ReadFully(at + OutputFrame.HeaderBytes + skip, data[..part]))
            {
                return false;
            }
            data = data[part..];
            if (data.IsEmpty)
            {
                return true;
            }
            at += OutputFrame.HeaderBytes + frame.Length;
            skip = 0;
            if (!TryReadHeader(at, out frame))
            {
                return false;
            }
        }
    }

    private static bool Belongs(OutputFrame next, OutputFrame first) =>
        next.Stream == first.Stream && next.At - first.At < s_mergeWithin;

    // A frame counts only when all of it is there.
    private bool TryReadHeader(long at, out OutputFrame frame)
    {
        Span<byte> header = stackalloc byte[OutputFrame.HeaderBytes];
        frame = default;
        if (!ReadFully(at, header))
        {
            return false;
        }
        frame = OutputFrame.Read(header);
        return frame.Length > 0 && at + OutputFrame.HeaderBytes + frame.Length <= RandomAccess.GetLength(_file);
    }

    private bool ReadFully(long at, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(_file, buffer, at);
            if (read == 0)
            {
                return false;
            }
            at += read;
            buffer = buffer[read..];
        }
        return true;
    }
}
