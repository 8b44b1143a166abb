using Microsoft.Extensions.Logging;
using Nerve.Agent.Journal;

namespace Nerve.Agent.Tasks;

/// <summary>One run that the center has not acknowledged yet: its execution and, independent of that one's pace, its delivery.</summary>
internal sealed partial class ActiveRun(RunFolder folder, RunExecution execution, RunDelivery delivery, TimeProvider time, ILogger logger)
    : IDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    // Clocks differ, and an assignment may be on its way when it expires.
    private static readonly TimeSpan s_remember = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _forgotten = new();

    public Guid RunId => folder.RunId;

    public bool IsForgotten => _forgotten.IsCancellationRequested;

    public bool MayRunNow => execution.MayRunNow;

    public void Cancel() => execution.Cancel();

    /// <summary>The center does not know it: nothing more is reported. A program that runs already goes on to its end.</summary>
    public void Forget()
    {
        var waits = !execution.Begun.IsCompleted;
        // First, for a cancelled run may come to its very end, its disposal, within the call that cancels it.
        _forgotten.Cancel();
        if (waits)
        {
            execution.Cancel();
        }
    }

    /// <summary>Returns when only the run's id is left to remember.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ended = execution.RunAsync(cancellationToken);
        try
        {
            await Task.WhenAny(execution.Begun, ended);
            await DeliverAsync(cancellationToken);
        }
        finally
        {
            await ended;
        }
        await BuryAsync(cancellationToken);
    }

    public void Dispose()
    {
        execution.Dispose();
        _forgotten.Dispose();
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _forgotten.Token);
        while (!either.IsCancellationRequested)
        {
            try
            {
                await delivery.RunAsync(either.Token);
                return;
            }
            catch (OperationCanceledException) when (IsForgotten)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogTrouble(RunId, e.Message);
                await Task.Delay(s_retry, time, cancellationToken);
            }
        }
    }

    private async Task BuryAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                folder.Bury(execution.ExpiresAt + s_remember);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogTrouble(RunId, e.Message);
                await Task.Delay(s_retry, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal of run {RunId} cannot be read or written, trying again: {Reason}")]
    private partial void LogTrouble(Guid runId, string reason);
}
