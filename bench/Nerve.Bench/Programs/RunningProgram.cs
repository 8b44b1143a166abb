using System.Diagnostics;

namespace Nerve.Bench.Programs;

/// <summary>A process with its output in a file; it never outlives the bench.</summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process _process;
    private bool _disposed;

    private RunningProgram(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public static RunningProgram Start(string log, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        // A shell gives the output to the file, so that nobody here has to read it, and becomes the program.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$0; exec \"$@\" >\"$log\" 2>&1", log, program, .. arguments]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new RunningProgram(Process.Start(start)!);
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public int ExitCode => _process.ExitCode;

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
