using Nerve.Agent.Cgroups;
using Nerve.Agent.Journal;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Ends a run whose supervisor is gone: its start was recorded, its end was not.</summary>
internal static class LostRun
{
    private static readonly TimeSpan s_pass = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static async Task<RunFinished> CloseAsync(RunFolder folder, TimeProvider time)
    {
        var error = folder.ReadStarting() is { BootId: { } boot } && BootId.Read() is { } current && boot != current
            ? "The host was restarted while the run was going on."
            : await KillLeftoversAsync(folder.RunId, time);
        ScriptFile.RemoveShared(folder.RunId);
        OutputEnd.Recover(folder, folder.ReadAssignment()?.OutputLimitBytes ?? 0);
        using var output = OutputLogReader.TryOpen(folder);
        return RunEndings.Lost(folder.RunId, error, folder.ReadStarted()?.StartedAt, output?.CountBytes() ?? 0, time);
    }

    private static async Task<string> KillLeftoversAsync(Guid runId, TimeProvider time)
    {
        const string Error = "The run's supervisor was killed, so nobody saw how it ended.";
        var since = time.GetTimestamp();
        var marker = $"{RunMarker.Name}={RunMarker.Value(runId)}";
        var killed = false;
        var group = RunCgroup.Find(runId);
        while (Leftovers(marker, group) is { Count: > 0 } left)
        {
            if (time.GetElapsedTime(since) > s_patience)
            {
                return $"{Error} These processes of it cannot be killed: {string.Join(", ", left.Take(5))}.";
            }
            group?.Kill();
            ProcessTable.Signal(left, Signals.Kill);
            killed = true;
            await Task.Delay(s_pass, time);
        }
        group?.Remove();
        return killed ? $"{Error} Processes it left behind were killed." : Error;
    }

    // By the group all of them; where there is none, those that kept the environment and what is below them.
    private static List<int> Leftovers(string marker, RunCgroup? group)
    {
        var marked = ProcessTable.WithEnvironment(marker).Union(group?.Processes() ?? []).ToList();
        return [.. marked.Union(ProcessTable.Descendants([.. marked]).Select(entry => entry.Pid))];
    }
}
