using Microsoft.Extensions.Logging;

namespace Nerve.Agent.Tasks;

/// <summary>Repeats a report until the center answers it: after growing delays, and at once when the link is back.</summary>
internal sealed partial class ReportRetry(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(30);

    private TaskCompletionSource _linkRestored = NewSignal();

    public void LinkRestored() => Interlocked.Exchange(ref _linkRestored, NewSignal()).TrySetResult();

    public async Task<T> UntilAnsweredAsync<T>(Guid runId, Func<CancellationToken, Task<T>> report, CancellationToken cancellationToken)
    {
        for (var delay = s_firstDelay; ; delay = Longer(delay))
        {
            // Taken before the attempt: a link that comes back during it counts.
            var linkRestored = Volatile.Read(ref _linkRestored).Task;
            try
            {
                // Without a limit here: a report that waits for its turn would lose it, and those before it would be first again.
                return await report(cancellationToken).WaitAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotReported(runId, e.Message);
            }
            await WaitAsync(delay, linkRestored, cancellationToken);
        }
    }

    /// <summary>For an answer that asks for the same again.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(s_firstDelay, time, cancellationToken);

    private async Task WaitAsync(TimeSpan delay, Task linkRestored, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(linkRestored, Task.Delay(delay, time, over.Token));
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TimeSpan Longer(TimeSpan delay) => delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Run {RunId} could not be reported and will be again: {Reason}")]
    private partial void LogNotReported(Guid runId, string reason);
}
