using Nerve.Protocol.Runs;

namespace Nerve.Agent.Journal;

/// <summary>
/// Appends a run's output to its log. Of more than the limit the start is kept, and the end, which is put behind it when the run is over.
/// What is between them, or finds the disk full, is counted and dropped: a run is never stopped by its own output.
/// </summary>
internal sealed class OutputLogWriter(string path, long limit, TimeProvider time) : IDisposable
{
    private readonly Lock _sync = new();
    private readonly FrameFile _file = new(path, FileMode.Create);
    private long _room = OutputShares.Start(limit);
    private OutputEnd? _end;
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
            var now = time.GetUtcNow();
            var first = (int)Math.Min(data.Length, _room - _kept);
            KeepAtTheEnd(stream, now, TryKeep(stream, now, data[..first]) ? data[first..] : data);
        }
    }

    /// <summary>The end, synced to disk: whoever sees the result sees this log whole.</summary>
    /// <param name="isWhole">Whether all that was written came here.</param>
    public void Seal(bool isWhole = true)
    {
        lock (_sync)
        {
            _sealed = true;
            Truncated |= !isWhole;
            Truncated |= _end is not null && !TryMoveEnd(_end);
            if (!_file.TrySync())
            {
                Truncated = true;
                return;
            }
            _end?.Remove();
        }
    }

    public void Dispose()
    {
        _end?.Dispose();
        _file.Dispose();
    }

    private bool TryKeep(OutputStream stream, DateTimeOffset at, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty && !_file.TryAppend(stream, at, data))
        {
            // The disk is full: what comes from here on is the end of the output.
            _room = _kept;
            return false;
        }
        _kept += data.Length;
        return true;
    }

    private void KeepAtTheEnd(OutputStream stream, DateTimeOffset at, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }
        if (OutputShares.End(limit) == 0)
        {
            Truncated = true;
            return;
        }
        _end ??= new OutputEnd(path, OutputShares.End(limit));
        try
        {
            _end.Append(stream, at, data);
        }
        catch (IOException)
        {
        }
    }

    private bool TryMoveEnd(OutputEnd end)
    {
        try
        {
            return end.MoveTo(_file);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
