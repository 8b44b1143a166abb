using System.Collections.Concurrent;

namespace Nerve.Agent.Linux;

/// <summary>Sees which file a thread reads, so that another can tell when it hangs there. Files of a driver that hangs keep their reader for as long as
/// the driver likes; that thread is then given up, and the file is left out until it has come back.</summary>
internal sealed class FileWatch(ConcurrentDictionary<string, string> stuck)
{
    private volatile string? _path;
    private long _since;

    /// <returns>False when the file is known to hang: do not touch it.</returns>
    public bool TryEnter(string path)
    {
        if (stuck.ContainsKey(path))
        {
            return false;
        }

        Volatile.Write(ref _since, Environment.TickCount64);
        _path = path;
        return true;
    }

    /// <summary>Also the thread that was given up comes by here, if it comes back at all.</summary>
    public void Leave()
    {
        if (_path is { } path && !stuck.IsEmpty)
        {
            stuck.TryRemove(path, out _);
        }

        _path = null;
    }

    /// <summary>The file that is being read for longer than this; from now on everyone leaves it out.</summary>
    public string? GiveUp(TimeSpan patience)
    {
        if (_path is not { } path || Environment.TickCount64 - Volatile.Read(ref _since) < patience.TotalMilliseconds)
        {
            return null;
        }

        stuck[path] = path;
        return path;
    }
}
