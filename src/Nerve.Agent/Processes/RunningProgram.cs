using Microsoft.Win32.SafeHandles;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Processes;

/// <summary>Receives output as it is read; called from two threads.</summary>
internal delegate void OutputSink(OutputStream stream, ReadOnlySpan<byte> data);

/// <summary>A started program with its three streams served.</summary>
internal sealed class RunningProgram
{
    private const int BufferBytes = 64 * 1024;

    // Long enough for what a program wrote last; children it left in the background may hold the pipes for ever.
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(1);

    private readonly Task _output;

    private RunningProgram(int pid, Task output)
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
        var output = Task.WhenAll(
            OnThread(() => Pump(stdout.ReadEnd, OutputStream.Stdout, sink)),
            OnThread(() => Pump(stderr.ReadEnd, OutputStream.Stderr, sink)));
        return new RunningProgram(pid, output);
    }

    /// <summary>After the program's end: waits until all output is read, or for a moment where someone still holds the pipes.</summary>
    public Task DrainAsync(TimeProvider time) => Task.WhenAny(_output, Task.Delay(s_drain, time));

    // Threads of their own: these block, and the pool may have as few threads as the host has cores.
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

    private static void Pump(SafeFileHandle pipe, OutputStream name, OutputSink sink)
    {
        using var stream = new FileStream(pipe, FileAccess.Read, bufferSize: 0);
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            sink(name, buffer.AsSpan(0, read));
        }
    }
}
