namespace Nerve.Server.Shared;

/// <summary>Work that is done again and again while the center runs.</summary>
/// <remarks>It outlives its failures, whatever they are. A background service that ends with an exception takes the whole host with it, and a
/// cancellation by a library that gave up waiting is such an exception: only the center's own end ends this.</remarks>
/// <param name="period">From one time to the next; the first comes after one.</param>
/// <param name="failure">For the log: what could not be done, and what that means meanwhile.</param>
/// <param name="time">The clock that the period is taken from.</param>
/// <param name="logger">Told the first of failures that follow each other; those after it only at the level Debug.</param>
public abstract partial class PeriodicService(TimeSpan period, string failure, TimeProvider time, ILogger logger) : BackgroundService
{
    private bool _isFailing;

    protected TimeProvider Time { get; } = time;

    /// <summary>Does it once.</summary>
    protected abstract Task WorkAsync(CancellationToken stoppingToken);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(period, Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await WorkAsync(stoppingToken);
                _isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailure(logger, _isFailing ? LogLevel.Debug : LogLevel.Warning, failure, period.TotalSeconds, exception);
                _isFailing = true;
            }
        }
    }

    [LoggerMessage(EventId = 1, Message = "{Failure}; trying again every {Seconds} s")]
    private static partial void LogFailure(ILogger logger, LogLevel level, string failure, double seconds, Exception exception);
}
