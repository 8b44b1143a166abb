using System.Diagnostics;

namespace Nerve.EndToEnd.Harness;

/// <summary>A program that was started, with its output in files: pipes would stay open for whoever inherits them.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _output;
    private readonly (long Out, long Err) _before;

    private ChildProcess(Process process, string output, (long Out, long Err) before) =>
        (_process, _output, _before) = (process, output, before);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string StandardOutput => Read(_output + ".out", _before.Out);

    public string StandardError => Read(_output + ".err", _before.Err);

    /// <summary>For the report of a failure.</summary>
    public override string ToString() => $"{Path.GetFileName(_output)} ({Id}) {(HasExited ? $"has ended with {_process.ExitCode}" : "runs")}";

    /// <param name="folder">The working directory.</param>
    /// <param name="name">Of the files with its output; a later start appends to them.</param>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides the inherited ones.</param>
    public static ChildProcess Start(
        string folder, string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var output = Path.Combine(folder, name);
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder };
        foreach (var argument in (string[])["-c", """exec "$@" </dev/null >>"$0.out" 2>>"$0.err" """, output, program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        var before = (Length(output + ".out"), Length(output + ".err"));
        return new ChildProcess(Process.Start(start)!, output, before);
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop.</summary>
    public async Task<int> StopAsync(int signal = Signals.Terminate)
    {
        Signals.Send(Id, signal);
        return await ExitAsync();
    }

    /// <summary>As a power failure would: it notices nothing.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static long Length(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private static string Read(string file, long from)
    {
        using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = from;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
