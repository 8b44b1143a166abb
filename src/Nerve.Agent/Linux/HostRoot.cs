using System.Buffers;

namespace Nerve.Agent.Linux;

/// <summary>A machine's files as seen below one directory: <c>/</c> itself, or a mounted or captured tree.</summary>
/// <remarks>Paths are written as on the machine, such as <c>/proc/stat</c>. Symbolic links are followed inside the
/// directory, so an absolute link in a captured tree never leads to this machine's own files.</remarks>
internal sealed class HostRoot
{
    private const int MaxLinks = 40;
    private const int DefaultLimit = 8 * 1024 * 1024;
    private const int FirstRead = 4096;

    // Parts of a path may come out of a damaged file.
    private const string Nowhere = "/dev/null/nowhere";

    private readonly string _directory;
    private readonly FileWatch? _watch;
    private readonly FileMemory? _memory;
    private volatile Place? _last;

    public HostRoot(string directory)
        : this(directory, null, null)
    {
    }

    private HostRoot(string directory, FileWatch? watch, FileMemory? memory)
    {
        _watch = watch;
        _memory = memory;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        IsLive = full == "/";
        _directory = IsLive ? "" : full;
    }

    /// <summary>Whether this is the running machine, so that its kernel may be asked as well.</summary>
    public bool IsLive { get; }

    public string Directory => IsLive ? "/" : _directory;

    /// <summary>The same files, with somebody who sees which of them hangs.</summary>
    /// <param name="watch">Sees it.</param>
    /// <param name="memory">Answers for those; without it they have no value.</param>
    public HostRoot WatchedBy(FileWatch watch, FileMemory? memory = null) => new(Directory, watch, memory);

    public bool Exists(string path)
    {
        // What hangs is there.
        if (!Enter(path))
        {
            return true;
        }

        try
        {
            return Path.Exists(Locate(path));
        }
        finally
        {
            Leave();
        }
    }

    public bool IsDirectory(string path) => Ask(path, () => System.IO.Directory.Exists(Locate(path)) ? path : null, "directory ") is not null;

    /// <summary>The file's bytes; null when it does not exist or the kernel has no value for it.</summary>
    /// <exception cref="UnauthorizedAccessException">It exists and may not be read.</exception>
    /// <exception cref="InvalidDataException">It is larger than <paramref name="limit"/>.</exception>
    public byte[]? ReadBytes(string path, int limit = DefaultLimit)
    {
        if (!Enter(path))
        {
            return _memory?.File(path);
        }

        try
        {
            var bytes = Read(path, limit);
            _memory?.Keep(path, bytes);
            return bytes;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>To be called around every use of a file that this class does not read itself.</summary>
    /// <returns>False when the file hangs: leave it alone.</returns>
    public bool Enter(string path) => _watch?.TryEnter(path) ?? true;

    public void Leave() => _watch?.Leave();

    /// <summary>Asks the running machine something that is no file of this class and may hang like one.</summary>
    /// <param name="subject">Names it, for people.</param>
    /// <param name="ask">Asks it.</param>
    /// <param name="question">What of the subject is asked, when there are several questions.</param>
    public T? Ask<T>(string subject, Func<T?> ask, string question = "")
        where T : class
    {
        if (!Enter(subject))
        {
            return _memory?.Answer<T>(question + subject);
        }

        try
        {
            var answer = ask();
            _memory?.Keep(question + subject, answer);
            return answer;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc cref="ReadBytes"/>
    /// <summary>The file's text; null when it does not exist or the kernel has no value for it.</summary>
    public string? ReadText(string path, int limit = DefaultLimit) =>
        ReadBytes(path, limit) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    /// <inheritdoc cref="ReadBytes"/>
    /// <summary>The file's text without surrounding white space; null when nothing is left.</summary>
    public string? ReadLine(string path) =>
        ReadText(path)?.Trim(' ', '\t', '\r', '\n', '\0') is { Length: > 0 } line ? line : null;

    /// <summary>As <see cref="ReadLine"/>, and null too when the file may not be read or is too large: for what nobody misses.</summary>
    public string? TryLine(string path) => Try(() => ReadLine(path));

    /// <summary>As <see cref="ReadBytes"/>, and null too when the file may not be read or is too large: for what nobody misses.</summary>
    public byte[]? TryBytes(string path) => Try(() => ReadBytes(path));

    private static T? Try<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Names in a directory in natural order; none when it does not exist or may not be read.</summary>
    public IReadOnlyList<string> List(string path) => Ask(path, () => Names(path), "names in ") ?? [];

    private string[]? Names(string path)
    {
        try
        {
            var names = System.IO.Directory.EnumerateFileSystemEntries(Locate(path)).Select(entry => Path.GetFileName(entry)).ToArray();
            Array.Sort(names, NaturalOrder.Instance);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a symbolic link says; null when it is none.</summary>
    public string? LinkTarget(string path) => Ask(path, () => RawFile.LinkTarget(Locate(Parent(path)) + "/" + Name(path)), "link ");

    /// <summary>The last segment of a symbolic link, which is how sysfs names drivers and masters.</summary>
    public string? LinkName(string path) => LinkTarget(path) is { } target ? Name(target.TrimEnd('/')) : null;

    /// <summary>The path with every link followed; null when it leads nowhere.</summary>
    public string? Resolve(string path) =>
        Ask(path, () => Follow(path) is { } resolved && Path.Exists(_directory + resolved) ? resolved : null, "end of ");

    /// <summary>The path to hand to the operating system.</summary>
    public string Locate(string path) => path.Contains('\0', StringComparison.Ordinal) ? Nowhere : IsLive ? path : _directory + (Follow(path) ?? path);

    private string? Follow(string path)
    {
        var (parent, name) = (Parent(path), Name(path));
        if (name is "" or "." or "..")
        {
            return Walk("", path);
        }

        // Most files are read with others of their directory, or of one nearby.
        var place = _last = Reach(parent);
        return place is null ? null : RawFile.LinkTarget($"{_directory}{place.Resolved}/{name}") is null ? $"{place.Resolved}/{name}" : Walk(place.Resolved, name);
    }

    /// <summary>The directory, from the nearest one above it on the way to the last.</summary>
    private Place? Reach(string path)
    {
        for (var known = _last; known is not null; known = known.Above)
        {
            if (known.Path == path)
            {
                return known;
            }
        }

        return path.Length == 0 ? new Place("", "", null)
            : Reach(Parent(path)) is { } above && Walk(above.Resolved, Name(path)) is { } walked ? new Place(path, walked == "/" ? "" : walked, above)
            : null;
    }

    /// <param name="resolved">Where to begin; what is there is no link.</param>
    /// <param name="path">The way from there.</param>
    private string? Walk(string resolved, string path)
    {
        var pending = new Stack<string>(path.Split('/').Reverse());
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == "..")
            {
                resolved = Parent(resolved);
                continue;
            }

            var next = resolved + "/" + part;
            if (RawFile.LinkTarget(_directory + next) is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                return null;
            }

            resolved = target.StartsWith('/') ? "" : resolved;
            foreach (var step in target.Split('/').Reverse())
            {
                pending.Push(step);
            }
        }

        return resolved.Length == 0 ? "/" : resolved;
    }

    /// <summary>A directory, where it is when its links are followed, and the one above it as the path is written.</summary>
    private sealed record Place(string Path, string Resolved, Place? Above);

    private static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private byte[]? Read(string path, int limit)
    {
        var file = RawFile.Open(Locate(path));
        return file == RawFile.Denied ? throw new UnauthorizedAccessException($"{path} may not be read.")
            // Missing, or a driver answering EINVAL, ENODEV, EIO: no value.
            : file < 0 ? null
            : ReadToEnd(file, path, limit);
    }

    private static byte[]? ReadToEnd(int file, string path, int limit)
    {
        // Files of /proc and /sys say that they are empty, so the end is only found by reading.
        var buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
        try
        {
            var length = 0;
            int read;
            while ((read = RawFile.Read(file, buffer.AsSpan(length))) > 0)
            {
                length += read;
                if (length > limit)
                {
                    throw new InvalidDataException($"{path} is larger than the {limit} bytes that are read at most.");
                }

                if (length == buffer.Length)
                {
                    buffer = Larger(buffer);
                }
            }

            // What was read before the driver gave up is half a value.
            return read < 0 ? null : buffer[..length];
        }
        finally
        {
            RawFile.Close(file);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
