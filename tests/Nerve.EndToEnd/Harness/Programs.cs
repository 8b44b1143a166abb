using System.Diagnostics;
using System.Runtime.CompilerServices;

[assembly: AssemblyFixture(typeof(Nerve.EndToEnd.Harness.Programs))]

namespace Nerve.EndToEnd.Harness;

/// <summary>The programs as users get them: the center and the native agent in <c>artifacts/run</c>.</summary>
/// <remarks><c>eng/build.sh</c> brings them up to date before the first test; <c>NERVE_RUN_IS_BUILT=1</c> says that somebody just did.</remarks>
public sealed class Programs : IAsyncLifetime
{
    private static readonly string s_repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    public static string Center { get; } = Path.Combine(s_repository, "artifacts/run/center/nerve-center");

    public static string Agent { get; } = Path.Combine(s_repository, "artifacts/run/agent/nerve-agent");

    /// <summary>Built with the tests.</summary>
    public static string Swarm { get; } = Path.Combine(s_repository, "artifacts/bin/Nerve.Swarm", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "nerve-swarm");

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("NERVE_RUN_IS_BUILT") != "1")
        {
            await BuildAsync();
        }

        foreach (var program in new[] { Center, Agent }.Where(program => !File.Exists(program)))
        {
            throw new FileNotFoundException($"{program} is not there: run eng/build.sh", program);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task BuildAsync()
    {
        using var build = Process.Start(new ProcessStartInfo(Path.Combine(s_repository, "eng/build.sh"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = build.StandardOutput.ReadToEndAsync();
        var errors = build.StandardError.ReadToEndAsync();
        await build.WaitForExitAsync();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException($"eng/build.sh failed:\n{await output}\n{await errors}");
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
