namespace Nerve.Agent.Linux;

/// <summary>What a machine's files said when they last answered: of one that hangs now, that stays true until something else is known.
/// Safe to use from several threads.</summary>
internal sealed class FileMemory
{
    // A machine with hundreds of devices has some thousands of files that are a line each.
    private const int LongestFile = 4096;
    private const int MostFiles = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _answers = new(StringComparer.Ordinal);

    /// <summary>Null when it was never read, or is of those that are not kept.</summary>
    public byte[]? File(string path)
    {
        lock (_lock)
        {
            return _files.GetValueOrDefault(path);
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
            else if (_files.TryGetValue(path, out var before) ? !before.AsSpan().SequenceEqual(bytes) : _files.Count < MostFiles)
            {
                _files[path] = bytes;
            }
        }
    }

    /// <summary>What was answered to a question that is no file.</summary>
    public T? Answer<T>(string question)
        where T : class
    {
        lock (_lock)
        {
            return _answers.GetValueOrDefault(question) as T;
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
            else if (_answers.Count < MostFiles)
            {
                _answers[question] = answer;
            }
        }
    }
}
