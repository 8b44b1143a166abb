using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>
/// Appends a run's output to its log, up to a limit. What is beyond it, or finds the disk full, is counted and dropped: a run is never
/// stopped by its own output.
/// </summary>
internal sealed class OutputLogWriter(string path, long limit, TimeProvider time) : IDisposable
{
    private readonly Lock _sync = new();
    private readonly FileStream _file = new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = DurableFile.OwnerOnly,
        BufferSize = 0,
    });

    private byte[] _frame = [];
    private long _kept;
    private bool _sealed;

    /// <summary>All that was written, kept or not.</summary>
    public long TotalBytes { get; private set; }

    public bool Truncated { get; private set; }

    public void Append(OutputStream stream, ReadOnlySpan<byte> data)
    {
        lock (_sync)
        {
            if (_sealed)
            {
                return;
            }
            TotalBytes += data.Length;
            var room = Truncated ? 0 : Math.Min(data.Length, Math.Max(0, limit - _kept));
            Truncated |= room < data.Length;
            if (room > 0)
            {
                Keep(stream, data[..(int)room]);
            }
        }
    }

    /// <summary>The end, synced to disk: whoever sees the result sees this log whole.</summary>
    public void Seal()
    {
        lock (_sync)
        {
            _sealed = true;
            try
            {
                _file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                Truncated = true;
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void Keep(OutputStream stream, ReadOnlySpan<byte> data)
    {
        var length = OutputFrame.HeaderBytes + data.Length;
        if (_frame.Length < length)
        {
            _frame = new byte[length];
        }
        new OutputFrame(stream, time.GetUtcNow(), data.Length).Write(_frame);
        data.CopyTo(_frame.AsSpan(OutputFrame.HeaderBytes));
        var start = _file.Position;
        try
        {
            _file.Write(_frame.AsSpan(0, length));
            _kept += data.Length;
        }
        catch (IOException)
        {
            Truncated = true;
            CutTornFrame(start);
        }
    }

    // Readers take the half-written frame for one that is still being written, so failing to cut it loses nothing else.
    private void CutTornFrame(long start)
    {
        try
        {
            _file.SetLength(start);
        }
        catch (IOException)
        {
        }
    }
}
