using System.Runtime.InteropServices;

namespace Nerve.Agent.Processes;

/// <summary>
/// Waits for every child of this process: the one it starts, and the orphans that a subreaper inherits, so that no zombies pile up.
/// </summary>
internal sealed class ChildReaper : IDisposable
{
    private readonly Lock _sync = new();
    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _childSignal;
    private int _mainPid;

    public ChildReaper() => _childSignal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());

    /// <summary>The end of the process that <see cref="Start"/> started.</summary>
    public Task<ExitStatus> Exited => _exited.Task;

    /// <param name="spawn">Answers the process id of the new child.</param>
    public int Start(Func<int> spawn)
    {
        // Under the lock, or a child that ends at once would be reaped before anyone knows its id.
        lock (_sync)
        {
            return _mainPid = spawn();
        }
    }

    /// <returns>Whether any child is left. For a subreaper no child means no descendant.</returns>
    public bool Reap()
    {
        lock (_sync)
        {
            while (true)
            {
                var pid = LibC.waitpid(-1, out var status, LibC.WNOHANG);
                if (pid == 0)
                {
                    return true;
                }
                if (pid < 0)
                {
                    return Marshal.GetLastPInvokeError() == LibC.EINTR;
                }
                if (pid == _mainPid)
                {
                    _exited.TrySetResult(ExitStatus.FromWait(status));
                }
            }
        }
    }

    public void Dispose() => _childSignal.Dispose();
}
