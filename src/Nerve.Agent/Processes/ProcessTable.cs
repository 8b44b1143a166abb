using System.Globalization;

namespace Nerve.Agent.Processes;

/// <summary>One line of the process table.</summary>
/// <param name="State">As in proc(5): <c>Z</c> is a zombie, <c>D</c> waits for hardware and cannot be killed.</param>
internal sealed record ProcessEntry(int Pid, int ParentPid, char State, string Name);

/// <summary>The kernel's process table.</summary>
internal static class ProcessTable
{
    /// <summary>The process's children, their children and so on; zombies excepted.</summary>
    public static IReadOnlyList<ProcessEntry> Descendants(params ReadOnlySpan<int> ancestors)
    {
        var children = Read().ToLookup(entry => entry.ParentPid);
        var found = new List<ProcessEntry>();
        var pending = new Queue<int>(ancestors.ToArray());
        while (pending.TryDequeue(out var parent))
        {
            foreach (var child in children[parent])
            {
                found.Add(child);
                pending.Enqueue(child.Pid);
            }
        }
        return [.. found.Where(entry => entry.State != 'Z')];
    }

    /// <summary>Processes whose initial environment holds <paramref name="variable"/>, as <c>NAME=value</c>.</summary>
    public static IReadOnlyList<int> WithEnvironment(string variable)
    {
        var wanted = System.Text.Encoding.UTF8.GetBytes(variable + "\0");
        return [.. Pids().Where(pid => Holds(ReadFile(pid, "environ"), wanted))];
    }

    public static void Signal(IEnumerable<int> pids, params ReadOnlySpan<int> signals)
    {
        foreach (var pid in pids)
        {
            foreach (var signal in signals)
            {
                _ = LibC.kill(pid, signal);
            }
        }
    }

    internal static ProcessEntry? Parse(string stat)
    {
        // pid (name) state ppid …; the name may hold blanks and parentheses.
        var open = stat.IndexOf('(', StringComparison.Ordinal);
        var close = stat.LastIndexOf(')');
        if (open < 1 || close < open)
        {
            return null;
        }
        var fields = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1
            && int.TryParse(stat.AsSpan(0, open), CultureInfo.InvariantCulture, out var pid)
            && int.TryParse(fields[1], CultureInfo.InvariantCulture, out var parent)
            ? new ProcessEntry(pid, parent, fields[0][0], stat[(open + 1)..close])
            : null;
    }

    private static IEnumerable<ProcessEntry> Read()
    {
        foreach (var pid in Pids())
        {
            if (Parse(System.Text.Encoding.UTF8.GetString(ReadFile(pid, "stat"))) is { } entry)
            {
                yield return entry;
            }
        }
    }

    private static IEnumerable<int> Pids()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    // Processes come and go; one that is gone, or not ours to look into, reads as empty.
    private static byte[] ReadFile(int pid, string name)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{name}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Holds(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> wanted) =>
        environment.StartsWith(wanted) || environment.IndexOf((byte[])[0, .. wanted]) >= 0;
}
