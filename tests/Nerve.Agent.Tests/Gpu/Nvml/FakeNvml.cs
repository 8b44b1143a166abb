using System.Diagnostics;
using System.Runtime.CompilerServices;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Tests.Gpu.Nvml;

/// <summary>A <c>libnvidia-ml.so.1</c> that plays a machine described in JSON, built from <c>fake-nvml.c</c> by the C compiler.
/// Tests that need it are skipped where there is no compiler.</summary>
internal sealed class FakeNvml : IDisposable
{
    private static readonly Lazy<string?> s_library = new(() => Build("new"));
    private static readonly Lazy<string?> s_old = new(() => Build("old", "-DOLD"));

    private readonly string _folder;
    private readonly string _description = Path.Combine(Directory.CreateTempSubdirectory("nerve-nvml-").FullName, "machine");

    /// <param name="description">As <c>fake-nvml.c</c> explains.</param>
    /// <param name="old">A driver from before MIG, row remapping, fields and the second memory structure.</param>
    public FakeNvml(string description, bool old = false)
    {
        var folder = old ? s_old.Value : s_library.Value;
        Assert.SkipWhen(folder is null, "No C compiler: install gcc or clang to build the fake NVML.");
        _folder = folder!;
        Describe(description);
    }

    /// <summary>What a process needs to load it.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["LD_LIBRARY_PATH"] = _folder,
        ["FAKE_NVML"] = _description,
    };

    public ProbeLauncher Launcher => new(Path.Combine(AppContext.BaseDirectory, "nerve-agent"), ["probe"], Environment);

    /// <summary>The description of a machine with these GPUs.</summary>
    public static string Machine(IEnumerable<string> gpus) => $$"""{ "gpus": [{{string.Join(", ", gpus)}}] }""";

    /// <summary>From now on it is another machine.</summary>
    public void Describe(string description)
    {
        File.WriteAllText(_description + ".new", description);
        File.Move(_description + ".new", _description, overwrite: true);
    }

    public ProbeSet Probes(TimeSpan? patience = null) => new(TimeProvider.System, Launcher, patience);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_description)!, recursive: true);

    private static string? Build(string name, params string[] flags)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "fake-nvml", name)).FullName;
        string[] arguments = ["-shared", "-fPIC", "-O1", .. flags, "-o", Path.Combine(folder, "libnvidia-ml.so.1"), Source()];
        foreach (var compiler in (string[])["gcc", "clang", "cc"])
        {
            try
            {
                using var run = Process.Start(new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true })!;
                var errors = run.StandardError.ReadToEnd();
                run.WaitForExit();
                Assert.True(run.ExitCode == 0, errors);
                return folder;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not this one.
            }
        }

        return null;
    }

    private static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "fake-nvml.c");
}
