namespace Nerve.Bench.Programs;

/// <summary>The programs as <c>eng/bench.sh</c> leaves them, and this one.</summary>
internal static class Built
{
    public static string Center { get; } = Find("artifacts/run/center/nerve-center");

    public static string Agent { get; } = Find("artifacts/run/agent/nerve-agent");

    public static string Swarm => Find("artifacts/run/swarm/nerve-swarm");

    public static string Bench => Environment.ProcessPath!;

    public static string Repository { get; } = Directory.GetCurrentDirectory();

    private static string Find(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new FileNotFoundException($"{path} is not there: run `make bench`, which builds it, in the project's folder.");
}
