using Microsoft.Win32.SafeHandles;
using Nerve.Agent.Disks;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Gpu.Nvml;
using Nerve.Agent.Ipmi;
using Nerve.Agent.Linux;
using Nerve.Agent.Processes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Probes;

/// <summary><c>nerve-agent probe NAME</c>, hidden: the agent starts it. Reads a request a line from standard input and answers each with a line
/// of JSON, until its input ends.</summary>
internal static class ProbeCommand
{
    private const int WrongUse = 2;
    private const int MaxRequestBytes = 1024 * 1024;

    public static int Run(string name)
    {
        if (Create(name) is not { } probe)
        {
            using var error = new StreamWriter(new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, 0));
            error.WriteLine($"There is no probe '{name}'. This command is for the agent's own use.");
            return WrongUse;
        }

        // A group of its own, so that the tools it starts can be killed with it.
        _ = LibC.setpgid(0, 0);
        using var answers = TakeOutput();
        using var requests = new RequestReader();
        while (requests.Next() is { } line)
        {
            answers.Write(Answer(probe, line).ToLine());
            CodePages.Release();
        }

        return 0;
    }

    private static IProbe? Create(string name) => name switch
    {
        ProbeNames.Nvml => new NvmlProbe(new HostRoot("/"), TimeProvider.System),
        ProbeNames.Drm => new DrmProbe(new HostRoot("/"), TimeProvider.System),
        ProbeNames.Smart => new SmartProbe(new HostRoot("/"), TimeProvider.System),
        ProbeNames.Ipmi => new IpmiProbe(new HostRoot("/"), TimeProvider.System),
        ProbeNames.Space => new RemoteSpaceProbe(),
        _ => null,
    };

    private static ProbeReply Answer(IProbe probe, byte[] line)
    {
        try
        {
            return probe.Answer(ProbeRequest.Parse(line));
        }
#pragma warning disable CA1031 // Whatever a driver's library does, the agent is told rather than left without an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new ProbeReply { Problems = [new CollectionProblem(probe.GetType().Name, e.Message)] };
        }
    }

    // Libraries that print must not print into the answers.
    private static FileStream TakeOutput()
    {
        const int Duplicate = 1030; // F_DUPFD_CLOEXEC
        var output = LibC.fcntl(1, Duplicate, 3);
        if (output < 0)
        {
            throw LibC.LastError("The probe's output cannot be kept");
        }

        _ = LibC.dup2(2, 1);
        return new FileStream(new SafeFileHandle(output, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Reads on a thread of its own: when the agent is gone, the process ends at once, whatever the probe hangs in.</summary>
    private sealed class RequestReader : IDisposable
    {
        private readonly Queue<byte[]> _lines = new();
        private readonly SemaphoreSlim _ready = new(0);

        public RequestReader() =>
            new Thread(ReadAll, maxStackSize: 256 * 1024) { IsBackground = true, Name = "requests" }.Start();

        public byte[]? Next()
        {
            _ready.Wait();
            lock (_lines)
            {
                return _lines.TryDequeue(out var line) ? line : null;
            }
        }

        public void Dispose() => _ready.Dispose();

        private void ReadAll()
        {
            using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
            var buffer = new byte[4096];
            var length = 0;
            int read;
            while (length < MaxRequestBytes && (read = input.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                length = Split(buffer, length);
                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, buffer.Length * 2);
                }
            }

            LibC._exit(0);
        }

        private int Split(byte[] buffer, int length)
        {
            int end;
            while ((end = buffer.AsSpan(0, length).IndexOf((byte)'\n')) >= 0)
            {
                lock (_lines)
                {
                    _lines.Enqueue(buffer[..end]);
                }

                _ready.Release();
                length -= end + 1;
                Buffer.BlockCopy(buffer, end + 1, buffer, 0, length);
            }

            return length;
        }
    }
}
