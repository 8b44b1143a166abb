namespace Nerve.Agent.Linux;

/// <summary>What a machine's files said when they last answered: of one that hangs now, that stays true until something else is known.
/// Safe to use from several threads.</summary>
internal sealed class FileMemory
{
    // A machine with hundreds of devices has some thousands of files that are a line each.
    private const int LongestFile = 4096;
    private const int MostFiles = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Bytes, int Look)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (object Answer, int Look)> _answers = new(StringComparer.Ordinal);
    private int _look;

    /// <summary>A look at the machine begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _look++;
        }
    }

    /// <summary>It was a whole one: forgets what it did not come by, which was of devices that are gone.</summary>
    public void End()
    {
        lock (_lock)
        {
            RemoveAll(_files, file => file.Look != _look);
            RemoveAll(_answers, answer => answer.Look != _look);
        }
    }

    /// <summary>Null when it was never read, or is of those that are not kept.</summary>
    public byte[]? File(string path)
    {
        lock (_lock)
        {
            return _files.TryGetValue(path, out var known) ? (_files[path] = known with { Look = _look }).Bytes : null;
        }
    }

    public void Keep(string path, byte[]? bytes)
    {
        // Processors have no driver that could hang, and the most files of all.
        if (path.StartsWith("/sys/devices/system/cpu/", StringComparison.Ordinal))
        {
            return;
        }

        lock (_lock)
        {
            if (bytes is null || bytes.Length > LongestFile)
            {
                _files.Remove(path);
            }
            else if (_files.TryGetValue(path, out var before))
            {
                _files[path] = (before.Bytes.AsSpan().SequenceEqual(bytes) ? before.Bytes : bytes, _look);
            }
            else if (_files.Count < MostFiles)
            {
                _files[path] = (bytes, _look);
            }
        }
    }

    /// <summary>What was answered to a question that is no file.</summary>
    public T? Answer<T>(string question)
        where T : class
    {
        lock (_lock)
        {
            return _answers.TryGetValue(question, out var known) ? (_answers[question] = known with { Look = _look }).Answer as T : null;
        }
    }

    public void Keep<T>(string question, T? answer)
        where T : class
    {
        lock (_lock)
        {
            if (answer is null)
            {
                _answers.Remove(question);
            }
            else if (_answers.Count < MostFiles || _answers.ContainsKey(question))
            {
                _answers[question] = (answer, _look);
            }
        }
    }

    private static void RemoveAll<T>(Dictionary<string, T> known, Func<T, bool> isGone)
    {
        foreach (var name in known.Where(pair => isGone(pair.Value)).Select(pair => pair.Key).ToList())
        {
            known.Remove(name);
        }
    }
}
