using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Nerve.Agent.Journal;
using Nerve.Agent.Processes;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tasks;

/// <summary>Sees to it that one run gets a result: by a supervisor that lives, or else by what the journal shows.</summary>
internal sealed partial class RunExecution(
    RunFolder folder,
    SupervisorCommand supervisorCommand,
    RunSlots slots,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    private const int MostAttempts = 3;

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromDays(40);

    private readonly DateTimeOffset _expiresAt = folder.ReadAssignment()?.ExpiresAt ?? DateTimeOffset.MinValue;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancelled = new();
    private Process? _supervisor;
    private int _attempts;

    /// <summary>From here on there may be something to report.</summary>
    public Task Begun => _begun.Task;

    public DateTimeOffset ExpiresAt => _expiresAt;

    public bool MayRunNow => folder.HasStarting || RunLock.IsHeld(folder);

    /// <summary>After the cancel was written to the journal.</summary>
    public void Cancel() => _cancelled.Cancel();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (folder.ReadCancel() is not null)
        {
            Cancel();
        }
        // What runs already does so, however full the house is.
        var entered = await EnterAsync(cancellationToken);
        try
        {
            while (!folder.HasResult)
            {
                await StepAsync(cancellationToken);
            }
        }
        finally
        {
            if (entered)
            {
                slots.Release();
            }
            _begun.TrySetResult();
        }
    }

    public void Dispose()
    {
        _supervisor?.Dispose();
        _cancelled.Dispose();
    }

    /// <returns>False if the wait ended for another reason: cancelled, or expired.</returns>
    private async Task<bool> EnterAsync(CancellationToken cancellationToken)
    {
        if (folder.HasResult || MayRunNow)
        {
            slots.Take();
            return true;
        }
        using var expiry = new CancellationTokenSource(Bounded(_expiresAt - time.GetUtcNow()), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cancelled.Token, expiry.Token);
        try
        {
            await slots.EnterAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_supervisor is { HasExited: false } || RunLock.IsHeld(folder))
            {
                _begun.TrySetResult();
                PassOnCancel();
                await Task.Delay(s_poll, time, cancellationToken);
            }
            else if (!await TrySettleAsync())
            {
                await StartSupervisorAsync(cancellationToken);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogTrouble(e, folder.RunId);
            await Task.Delay(s_retry, time, cancellationToken);
        }
    }

    /// <summary>With no supervisor alive: writes the result that follows from the journal, if one does.</summary>
    private async Task<bool> TrySettleAsync()
    {
        using var held = RunLock.TryTake(folder);
        if (held is null || folder.HasResult)
        {
            return true;
        }
        var result = folder.HasStarting ? await LostRun.CloseAsync(folder, time)
            : _cancelled.IsCancellationRequested ? NeverStarted(RunState.Cancelled, RunEndings.CancelledBeforeStart)
            : _expiresAt <= time.GetUtcNow() ? NeverStarted(RunState.Expired, RunEndings.Expired(_expiresAt))
            : _attempts >= MostAttempts ? NeverStarted(RunState.Failed, "The agent could not start the run's supervisor; its log says why.")
            : null;
        if (result is null)
        {
            return false;
        }
        folder.WriteResult(result);
        return true;
    }

    private async Task StartSupervisorAsync(CancellationToken cancellationToken)
    {
        if (_attempts > 0)
        {
            LogSupervisorFailed(folder.RunId, _supervisor?.ExitCode);
            await Task.Delay(s_retry * _attempts, time, cancellationToken);
        }
        _attempts++;
        _supervisor?.Dispose();
        _supervisor = null;
        try
        {
            _supervisor = supervisorCommand.Start(folder.DirectoryPath);
        }
        catch (Win32Exception e)
        {
            LogSupervisorNotStarted(folder.RunId, e.Message);
        }
    }

    // Repeated at every poll: a supervisor that is just starting may not listen yet. It minds only the first.
    private void PassOnCancel()
    {
        if (_cancelled.IsCancellationRequested && folder.ReadStarting() is { } starting && RunLock.IsHeld(folder))
        {
            _ = LibC.kill(starting.SupervisorPid, Signals.Term);
        }
    }

    private RunFinished NeverStarted(RunState state, string error) => RunEndings.NeverStarted(folder.RunId, state, error, time);

    private static TimeSpan Bounded(TimeSpan delay) =>
        delay < TimeSpan.Zero ? TimeSpan.Zero : delay < s_longestDelay ? delay : s_longestDelay;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The supervisor of run {RunId} ended with code {ExitCode} before it started anything; trying again")]
    private partial void LogSupervisorFailed(Guid runId, int? exitCode);

    [LoggerMessage(Level = LogLevel.Error, Message = "The supervisor of run {RunId} cannot be started: {Reason}")]
    private partial void LogSupervisorNotStarted(Guid runId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Run {RunId} cannot be moved forward; trying again")]
    private partial void LogTrouble(Exception exception, Guid runId);
}
