namespace Nerve.Agent.Processes;

/// <summary>Finds programs as execvp(3) does: a name with a slash is a path, any other is looked up in PATH.</summary>
internal static class ProgramLookup
{
    /// <exception cref="LaunchException">There is no such program, or it may not be executed.</exception>
    public static string Find(string name, IReadOnlyDictionary<string, string> environment)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return IsExecutable(name) ? name : throw NotExecutable(name);
        }
        var path = environment.GetValueOrDefault("PATH", "");
        var candidates = path.Split(':').Select(directory => directory.Length == 0 ? $"./{name}" : $"{directory}/{name}").ToList();
        return candidates.Find(IsExecutable)
            ?? throw (candidates.Find(File.Exists) is { } found ? NotExecutable(found) : NotFound(name, path));
    }

    // Directories pass access(2), too.
    private static bool IsExecutable(string path) => LibC.access(path, LibC.X_OK) == 0 && !Directory.Exists(path);

    private static LaunchException NotFound(string name, string path) =>
        new($"Program '{name}' was not found in PATH ({path}). Install it on the host or give its full path.");

    private static LaunchException NotExecutable(string path) => new(
        Directory.Exists(path) ? $"'{path}' is a folder, not a program."
        : File.Exists(path) ? $"'{path}' may not be executed: it lacks the execute permission for this user, or is on a noexec file system."
        : $"Program '{path}' does not exist.");
}
