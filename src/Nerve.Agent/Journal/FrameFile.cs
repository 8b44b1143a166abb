using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>A file of output frames that only grows. Its readers see whole frames.</summary>
internal sealed class FrameFile(string path, FileMode mode) : IDisposable
{
    private readonly FileStream _file = new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = DurableFile.OwnerOnly,
        BufferSize = 0,
    });

    private byte[] _frame = [];

    /// <summary>Goes on at this place; what is behind it is cut off.</summary>
    public void CutAt(long position)
    {
        _file.SetLength(position);
        _file.Position = position;
    }

    /// <returns>False where the disk is full or broken; the frame is not there then.</returns>
    public bool TryAppend(OutputStream stream, DateTimeOffset at, ReadOnlySpan<byte> data)
    {
        var length = OutputFrame.HeaderBytes + data.Length;
        if (_frame.Length < length)
        {
            _frame = new byte[length];
        }
        new OutputFrame(stream, at, data.Length).Write(_frame);
        data.CopyTo(_frame.AsSpan(OutputFrame.HeaderBytes));
        var start = _file.Position;
        try
        {
            _file.Write(_frame.AsSpan(0, length));
            return true;
        }
        catch (IOException)
        {
            CutTornFrame(start);
            return false;
        }
    }

    /// <returns>False where the disk refuses it.</returns>
    public bool TrySync()
    {
        try
        {
            _file.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    // Readers take the half-written frame for one that is still being written, so failing to cut it loses nothing else.
    private void CutTornFrame(long start)
    {
        try
        {
            CutAt(start);
        }
        catch (IOException)
        {
        }
    }
}
