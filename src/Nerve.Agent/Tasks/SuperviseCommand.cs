using System.Runtime.InteropServices;
using Nerve.Agent.Journal;
using Nerve.Agent.Policies;
using Nerve.Agent.Processes;

namespace Nerve.Agent.Tasks;

/// <summary>
/// <c>nerve-agent supervise [--policy FILE] RUN-DIRECTORY</c>, hidden: the agent starts it for each run. It outlives the agent, so a run goes on while the
/// agent is restarted, updated or killed.
/// </summary>
internal static class SuperviseCommand
{
    private const int Done = 0;
    private const int Refused = 1;
    private const int WrongUse = 2;

    // The agent tests the lock now and then, for microseconds.
    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(string runDirectory, PolicyFile policy)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(runDirectory));
        if (!Guid.TryParseExact(Path.GetFileName(path), "D", out var runId) || !Directory.Exists(path))
        {
            return Refuse(WrongUse, $"{runDirectory} is not the folder of a run. This command is for the agent's own use.");
        }
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        Detachment.Detach();
        return await SuperviseAsync(new RunFolder(path, runId), policy, stop.Task);
    }

    private static async Task<int> SuperviseAsync(RunFolder folder, PolicyFile policy, Task stopRequested)
    {
        using var held = await TakeLockAsync(folder);
        if (held is null)
        {
            return Refuse(Refused, $"Run {folder.RunId} already has a supervisor.");
        }
        if (folder.HasStarting || folder.HasResult || folder.IsAcknowledged)
        {
            return Refuse(Refused, $"Run {folder.RunId} was started before and is not started again.");
        }
        if (folder.ReadAssignment() is not { } assignment)
        {
            return Refuse(Refused, $"Run {folder.RunId} has no readable assignment.");
        }
        Detachment.Silence();
        await new RunSupervisor(folder, assignment, policy, stopRequested, TimeProvider.System).RunAsync();
        return Done;
    }

    private static async Task<RunLock?> TakeLockAsync(RunFolder folder)
    {
        var time = TimeProvider.System;
        var since = time.GetTimestamp();
        while (true)
        {
            if (RunLock.TryTake(folder) is { } taken)
            {
                return taken;
            }
            if (time.GetElapsedTime(since) > s_lockPatience)
            {
                return null;
            }
            await Task.Delay(s_lockRetry, time);
        }
    }

    private static int Refuse(int code, string reason)
    {
        Console.Error.WriteLine($"nerve-agent supervise: {reason}");
        return code;
    }
}
