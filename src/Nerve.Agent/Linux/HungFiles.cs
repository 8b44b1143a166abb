namespace Nerve.Agent.Linux;

/// <summary>The files that hang now, which everyone leaves alone. Where two files of a directory hang its driver does, and each further one would cost
/// as long: then the directory is left alone too. Safe to use from several threads.</summary>
internal sealed class HungFiles
{
    private const int MostInADirectory = 2;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private volatile bool _any;

    /// <summary>The files, and in the place of those of one directory the directory.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _paths.Select(path => IsGivenUp(Directory(path)) ? Directory(path) : path).Distinct().Order(StringComparer.Ordinal)];
            }
        }
    }

    public bool Contains(string path)
    {
        if (!_any)
        {
            return false;
        }

        lock (_lock)
        {
            return _paths.Contains(path) || IsGivenUp(Directory(path));
        }
    }

    public void Add(string path)
    {
        lock (_lock)
        {
            _paths.Add(path);
            _any = true;
        }
    }

    /// <summary>It has come back.</summary>
    public void Remove(string path)
    {
        if (_any)
        {
            lock (_lock)
            {
                _paths.Remove(path);
                _any = _paths.Count > 0;
            }
        }
    }

    // What lies in "/proc" itself has nothing to do with each other.
    private bool IsGivenUp(string directory) =>
        directory.LastIndexOf('/') > 0 && _paths.Count(path => Directory(path) == directory) >= MostInADirectory;

    private static string Directory(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";
}
