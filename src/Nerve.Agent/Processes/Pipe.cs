using Microsoft.Win32.SafeHandles;

namespace Nerve.Agent.Processes;

/// <summary>A pipe; both ends close on exec.</summary>
internal sealed class Pipe : IDisposable
{
    public unsafe Pipe()
    {
        var descriptors = stackalloc int[2];
        if (LibC.pipe2(descriptors, LibC.O_CLOEXEC) != 0)
        {
            throw LibC.LastError("A pipe cannot be made");
        }
        ReadEnd = new SafeFileHandle(descriptors[0], ownsHandle: true);
        WriteEnd = new SafeFileHandle(descriptors[1], ownsHandle: true);
    }

    public SafeFileHandle ReadEnd { get; }

    public SafeFileHandle WriteEnd { get; }

    public void Dispose()
    {
        ReadEnd.Dispose();
        WriteEnd.Dispose();
    }
}
