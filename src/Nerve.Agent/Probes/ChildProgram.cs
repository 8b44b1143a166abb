using System.ComponentModel;
using System.Diagnostics;

namespace Nerve.Agent.Probes;

/// <summary>Runs a tool from inside a probe and takes its output, or leaves it behind when it is late.</summary>
internal static class ChildProgram
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan s_ending = TimeSpan.FromSeconds(1);

    public static ChildResult Run(string program, IReadOnlyList<string> arguments, TimeSpan deadline)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = "/" };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var child = Process.Start(start)!;
            using var pipes = new ChildPipes(child);
            var read = pipes.ReadToEnd(new Deadline(deadline), MaxBytes, out var output);
            // It has closed its output, so it ends now; a tool that does not is as good as hung.
            if (read == PipeRead.Done && child.WaitForExit(s_ending))
            {
                var result = new ChildResult(output.ToArray(), child.ExitCode, null);
                child.Dispose();
                return result;
            }

            child.Kill(entireProcessTree: true);
            return new ChildResult(null, null, read == PipeRead.TooLong ? "printed more than can be true" : $"did not answer within {deadline.TotalSeconds:0} s")
            {
                LeftBehind = child,
            };
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return new ChildResult(null, null, $"could not be started: {e.Message}");
        }
    }
}

/// <param name="Output">Null when it was not taken; then <paramref name="Failure"/> says why.</param>
internal sealed record ChildResult(byte[]? Output, int? ExitCode, string? Failure)
{
    /// <summary>The late one; it was killed, which in a driver that hangs may take for ever.</summary>
    public Process? LeftBehind { get; init; }
}
