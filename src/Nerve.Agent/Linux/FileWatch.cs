namespace Nerve.Agent.Linux;

/// <summary>Sees which file a thread uses, so that another can tell when it hangs there. Files of a driver that hangs keep their reader for as long as
/// the driver likes; that thread is then given up, and the file is left out until it has come back.</summary>
internal sealed class FileWatch(HungFiles hung)
{
    // What the thread was at when it turned to another file.
    private readonly Stack<string> _outer = new();
    private volatile string? _path;
    private long _since;

    /// <returns>False when the file is known to hang: do not touch it.</returns>
    public bool TryEnter(string path)
    {
        if (hung.Contains(path))
        {
            return false;
        }

        if (_path is { } outer)
        {
            _outer.Push(outer);
        }

        Begin(path);
        return true;
    }

    /// <summary>Also the thread that was given up comes by here, if it comes back at all.</summary>
    public void Leave()
    {
        if (_path is { } path)
        {
            hung.Remove(path);
        }

        Begin(_outer.TryPop(out var outer) ? outer : null);
    }

    /// <summary>The file that is being used for longer than this; from now on everyone leaves it out.</summary>
    public string? GiveUp(TimeSpan patience)
    {
        if (_path is not { } path || Environment.TickCount64 - Volatile.Read(ref _since) < patience.TotalMilliseconds)
        {
            return null;
        }

        hung.Add(path);
        return path;
    }

    private void Begin(string? path)
    {
        Volatile.Write(ref _since, Environment.TickCount64);
        _path = path;
    }
}
