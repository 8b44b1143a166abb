using System.Text;
using Nerve.Agent.Cgroups;
using Nerve.Agent.Journal;
using Nerve.Agent.Linux;
using Nerve.Agent.Policies;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Executes one run from its assignment to its result, in a process of its own that holds the run's lock.</summary>
/// <remarks>
/// A run is over when its main process is. Children that it leaves in the background after a normal end live on, as they do after an ssh
/// command; at a timeout or cancel every descendant is ended, however it tried to hide.
/// </remarks>
internal sealed class RunSupervisor(RunFolder folder, RunAssignment assignment, PolicyFile policyFile, Task stopRequested, TimeProvider time)
{
    private static readonly TimeSpan s_diskRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_defaultGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromDays(40);

    public async Task RunAsync()
    {
        var result = await ExecuteAsync();
        ScriptFile.RemoveShared(folder.RunId);
        // Whatever keeps the result from the disk, a full one above all, the run is not forgotten over it.
        while (!TryWrite(() => folder.WriteResult(result)) && Directory.Exists(folder.DirectoryPath))
        {
            await Task.Delay(s_diskRetry, time);
        }
    }

    private async Task<RunFinished> ExecuteAsync()
    {
        if (folder.ReadCancel() is not null || stopRequested.IsCompleted)
        {
            return RunEndings.NeverStarted(folder.RunId, RunState.Cancelled, RunEndings.CancelledBeforeStart, time);
        }
        if (assignment.ExpiresAt <= time.GetUtcNow())
        {
            return RunEndings.NeverStarted(folder.RunId, RunState.Expired, RunEndings.Expired(assignment.ExpiresAt), time);
        }
        try
        {
            var policy = new PolicyCheck(policyFile);
            policy.Admit(assignment, LocalTime.MinuteOfWeek(time.GetUtcNow()));
            return await StartAndWatchAsync(policy);
        }
        catch (RefusedException e)
        {
            return RunEndings.NeverStarted(folder.RunId, RunState.Refused, e.Message, time);
        }
        catch (Exception e) when (e is LaunchException or IOException or UnauthorizedAccessException)
        {
            return RunEndings.NeverStarted(folder.RunId, RunState.Failed, e.Message, time);
        }
    }

    private async Task<RunFinished> StartAndWatchAsync(PolicyCheck policy)
    {
        var group = MakeGroup(policy);
        try
        {
            return await StartAndWatchAsync(policy, group);
        }
        finally
        {
            group?.Remove();
        }
    }

    private RunCgroup? MakeGroup(PolicyCheck policy)
    {
        try
        {
            return RunCgroup.TryMake(folder.RunId, policy.Limit(assignment.Limits));
        }
        catch (LaunchException e) when (policy.Limits)
        {
            throw policy.Refuse($"limits: {e.Message}");
        }
    }

    private async Task<RunFinished> StartAndWatchAsync(PolicyCheck policy, RunCgroup? group)
    {
        using var output = new OutputLogWriter(folder.OutputPath, assignment.OutputLimitBytes, time);
        using var reaper = new ChildReaper();
        var whole = WithSecrets();
        var mask = new SecretMask(whole.SecretEnv?.Values ?? [], output.Append);
        var launch = LaunchPlan.For(whole, folder) with { Gate = policy.Gate, Group = group };
        var input = Encoding.UTF8.GetBytes(assignment.Stdin ?? "");
        folder.Reserve();
        folder.WriteStarting(new StartingRecord(Environment.ProcessId, BootId.Read()));
        folder.EraseSecrets();
        var program = RunningProgram.Start(launch, input, mask.Append, reaper);
        var startedAt = time.GetUtcNow();
        // Only tells the agent earlier what the result says again.
        _ = TryWrite(() => folder.WriteStarted(new StartedRecord(program.Pid, startedAt)));

        var (state, error) = await WaitForEndAsync(reaper, group);
        var finishedAt = time.GetUtcNow();
        var isWhole = await program.DrainAsync(time);
        mask.Flush();
        output.Seal(isWhole);
        var status = reaper.Exited.IsCompletedSuccessfully ? await reaper.Exited : default;
        return new RunFinished(
            folder.RunId, state, status.Code, status.Signal, error, startedAt, finishedAt, output.TotalBytes, output.Truncated);
    }

    // Without them it would be another task.
    private RunAssignment WithSecrets() => assignment.SecretEnv is { Count: > 0 }
        ? assignment with { SecretEnv = folder.ReadSecrets()?.Env ?? throw new LaunchException("Its secrets are gone from the agent's journal.") }
        : assignment;

    private async Task<(RunState State, string? Error)> WaitForEndAsync(ChildReaper reaper, RunCgroup? group)
    {
        using var over = new CancellationTokenSource();
        var timeLimit = TimeSpan.FromSeconds(assignment.TimeoutSeconds);
        var timeout = Task.Delay(timeLimit < s_longestDelay ? timeLimit : s_longestDelay, time, over.Token);
        await Task.WhenAny(reaper.Exited, stopRequested, timeout);
        await over.CancelAsync();
        if (reaper.Exited.IsCompleted)
        {
            var status = await reaper.Exited;
            return status.Code == 0 ? (RunState.Succeeded, null) : (RunState.Failed, group?.LimitReached());
        }
        var killer = new DescendantKiller(reaper, group, time);
        if (!stopRequested.IsCompleted)
        {
            var error = $"It was killed after {assignment.TimeoutSeconds} s, its time limit.";
            return (RunState.TimedOut, error + Describe(await killer.KillAsync()));
        }
        var cancel = folder.ReadCancel();
        await killer.TerminateAsync(cancel is null ? s_defaultGrace : TimeSpan.FromSeconds(cancel.GraceSeconds));
        var left = Describe(await killer.KillAsync());
        var reason = cancel is null ? "Its supervisor was told to stop by another program, at a shutdown of the host for example." : "";
        return (RunState.Cancelled, (reason + left).Trim() is { Length: > 0 } text ? text : null);
    }

    private static string Describe(IReadOnlyList<ProcessEntry> survivors) => survivors.Count == 0
        ? ""
        : $" These processes cannot be killed, they hang in the kernel: {string.Join(", ", survivors.Take(5).Select(p => $"{p.Name} ({p.Pid})"))}.";

    private static bool TryWrite(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
