using System.Globalization;
using System.Text;

namespace Nerve.Configuration.Logging;

/// <summary>Writes lines in the background. What a slow reader leaves no room for is dropped and counted.</summary>
internal sealed class LineWriter : IDisposable
{
    private const int Room = 2048;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly object _turn = new();
    private readonly Queue<byte[]> _waiting = new();
    private readonly Stream _output;
    private readonly Thread _thread;
    private long _dropped;
    private bool _ended;

    public LineWriter(Stream output)
    {
        _output = output;
        _thread = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Never waits.</summary>
    /// <param name="line">UTF-8, with its line end.</param>
    public void Add(byte[] line)
    {
        lock (_turn)
        {
            if (_waiting.Count >= Room)
            {
                _dropped++;
            }
            else if (!_ended)
            {
                _waiting.Enqueue(line);
                Monitor.Pulse(_turn);
            }
        }
    }

    /// <summary>Writes what is left, unless nobody reads it.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _ended = true;
            Monitor.Pulse(_turn);
        }

        _thread.Join(s_patience);
        _output.Dispose();
    }

    private void WriteAll()
    {
        while (Take() is { } line)
        {
            try
            {
                _output.Write(line);
            }
            catch (IOException)
            {
                // The reader is gone; there is nobody left to tell.
            }
        }
    }

    /// <summary>Waits for the next line.</summary>
    /// <returns>Null when there will be none.</returns>
    private byte[]? Take()
    {
        lock (_turn)
        {
            while (_waiting.Count == 0 && _dropped == 0 && !_ended)
            {
                Monitor.Wait(_turn);
            }

            return _waiting.TryDequeue(out var line) ? line : TakeDropped();
        }
    }

    private byte[]? TakeDropped()
    {
        var dropped = _dropped;
        _dropped = 0;
        return dropped == 0 ? null : Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{dropped} log lines were left out: nobody read them in time\n"));
    }
}
