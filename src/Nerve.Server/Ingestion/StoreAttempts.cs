using Nerve.Server.Operations;

namespace Nerve.Server.Ingestion;

/// <summary>Attempts to store something. Each is on a thread of its own, for an engine may not come back before it is done, and has an end, for a
/// database may never answer. What is written twice by that is there once: every kind of item is harmless to repeat.</summary>
/// <param name="what">Is stored, for errors.</param>
/// <param name="time">The clock of the end.</param>
/// <param name="health">Told of a store that is silent.</param>
internal sealed class StoreAttempts(string what, TimeProvider time, StoreHealth? health)
{
    /// <summary>A store that does not answer is asked to end; one that does not end either is left to itself after a moment more.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_ending = TimeSpan.FromSeconds(2);

    /// <summary>As long as so many attempts that were left to themselves have not ended, no other is begun: each holds a batch.</summary>
    private const int MostAdrift = 4;

    private int _adrift;

    /// <exception cref="TimeoutException">The store did not answer, or has not come back from earlier attempts.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> store, CancellationToken stoppingToken)
    {
        if (Volatile.Read(ref _adrift) >= MostAdrift)
        {
            throw new TimeoutException($"The store has not come back from earlier {what}.");
        }

        using var late = new CancellationTokenSource(s_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stoppingToken);
        var attempt = Task.Run(() => store(either.Token), CancellationToken.None);
        try
        {
            return await attempt.WaitAsync(s_limit + s_ending, time, CancellationToken.None);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            health?.Silent(writing: true);
            throw new TimeoutException($"The store did not answer within {s_limit.TotalSeconds} s.");
        }
        catch (TimeoutException) when (!attempt.IsCompleted)
        {
            health?.Silent(writing: true);
            LeaveAlone(attempt);
            throw;
        }
    }

    private void LeaveAlone(Task attempt)
    {
        Interlocked.Increment(ref _adrift);
        _ = attempt.ContinueWith(ended => (Interlocked.Decrement(ref _adrift), ended.Exception), TaskScheduler.Default);
    }
}
