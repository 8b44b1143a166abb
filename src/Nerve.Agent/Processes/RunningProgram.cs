using Microsoft.Win32.SafeHandles;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Processes;

/// <summary>Receives output as it is read; called from two threads.</summary>
internal delegate void OutputSink(OutputStream stream, ReadOnlySpan<byte> data);

/// <summary>A started program with its three streams served.</summary>
internal sealed class RunningProgram
{
    private readonly OutputPump[] _output;

    private RunningProgram(int pid, OutputPump[] output)
    {
        Pid = pid;
        _output = output;
    }

    public int Pid { get; }

    /// <exception cref="LaunchException">It could not be started.</exception>
    public static RunningProgram Start(Launch launch, byte[] input, OutputSink sink, ChildReaper reaper)
    {
        var stdin = input.Length == 0 ? null : new Pipe();
        var stdout = new Pipe();
        var stderr = new Pipe();
        int pid;
        using (var childInput = stdin?.ReadEnd ?? File.OpenHandle("/dev/null"))
        using (stdout.WriteEnd)
        using (stderr.WriteEnd)
        {
            pid = reaper.Start(() => Spawner.Spawn(launch, childInput, stdout.WriteEnd, stderr.WriteEnd));
        }
        if (stdin is not null)
        {
            _ = OnThread(() => Feed(stdin.WriteEnd, input));
        }
        return new RunningProgram(pid, [new OutputPump(stdout.ReadEnd, OutputStream.Stdout, sink), new OutputPump(stderr.ReadEnd, OutputStream.Stderr, sink)]);
    }

    /// <inheritdoc cref="OutputDrain.RunAsync"/>
    public Task<bool> DrainAsync(TimeProvider time) => OutputDrain.RunAsync(_output, time);

    // A thread of its own: this blocks, and the pool may have as few threads as the host has cores.
    private static Task OnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Feed(SafeFileHandle pipe, byte[] input)
    {
        try
        {
            using var stream = new FileStream(pipe, FileAccess.Write, bufferSize: 0);
            stream.Write(input);
        }
        catch (IOException)
        {
            // The program did not want all of it.
        }
    }
}
