namespace Nerve.EndToEnd.Harness;

/// <summary>Processes that outlive the one that started them, as a run's supervisor does.</summary>
internal static class Leftovers
{
    /// <summary>Those that were started with this path somewhere in their command line or environment.</summary>
    public static IReadOnlyList<int> Of(string path) =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out var pid) && pid != Environment.ProcessId)
            .Where(name => Mentions($"/proc/{name}/cmdline", path) || Mentions($"/proc/{name}/environ", path))
            .Select(name => int.Parse(name!))];

    public static bool IsAlive(int pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static bool Mentions(string file, string path)
    {
        try
        {
            return File.ReadAllText(file).Contains(path, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
