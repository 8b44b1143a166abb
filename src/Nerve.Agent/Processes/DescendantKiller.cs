using Nerve.Agent.Cgroups;

namespace Nerve.Agent.Processes;

/// <summary>Ends everything below this process, which must be a subreaper: also daemons that left their session and cleared their environment.</summary>
/// <param name="group">Where they are, too, if the host has control groups.</param>
internal sealed class DescendantKiller(ChildReaper reaper, RunCgroup? group, TimeProvider time)
{
    private static readonly TimeSpan s_pass = TimeSpan.FromMilliseconds(20);

    // Whoever survives SIGKILL for so long hangs in the kernel, in a driver for example.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks politely and waits for up to <paramref name="grace"/>.</summary>
    public async Task TerminateAsync(TimeSpan grace)
    {
        // Stopped processes see SIGTERM only once they continue.
        ProcessTable.Signal(Alive().Select(entry => entry.Pid), Signals.Term, Signals.Continue);
        var since = time.GetTimestamp();
        while (reaper.Reap() && time.GetElapsedTime(since) < grace)
        {
            await Task.Delay(s_pass, time);
        }
    }

    /// <summary>Kills until none is left.</summary>
    /// <returns>Those that could not be killed.</returns>
    public async Task<IReadOnlyList<ProcessEntry>> KillAsync()
    {
        var since = time.GetTimestamp();
        // Not "until the process table shows none": a process may fork and exit while the table is being read.
        while (reaper.Reap() || group?.IsEmpty == false)
        {
            if (time.GetElapsedTime(since) > s_patience)
            {
                return Alive();
            }
            group?.Kill();
            ProcessTable.Signal(Freeze(since), Signals.Kill);
            await Task.Delay(s_pass, time);
        }
        return [];
    }

    /// <summary>Stops all before any is killed: what forks faster than it is killed would win otherwise.</summary>
    private HashSet<int> Freeze(long since)
    {
        var frozen = new HashSet<int>();
        while (true)
        {
            var running = Alive().Select(entry => entry.Pid).Where(frozen.Add).ToList();
            if (running.Count == 0 || time.GetElapsedTime(since) > s_patience)
            {
                return frozen;
            }
            ProcessTable.Signal(running, Signals.Stop);
        }
    }

    private static IReadOnlyList<ProcessEntry> Alive() => ProcessTable.Descendants(Environment.ProcessId);
}
