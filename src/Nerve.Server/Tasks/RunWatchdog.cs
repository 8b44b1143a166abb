using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Sees to it that every run ends: unanswered offers are repeated, what expired ends, what nobody can answer for is lost.</summary>
public sealed partial class RunWatchdog(
    ITaskStore store, RunDispatcher dispatcher, TaskNews news, TimeProvider time, ILogger<RunWatchdog> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    /// <summary>An agent that was away has this long after the end of everything to deliver a result from its journal.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await EndOverdueAsync(stoppingToken);
                dispatcher.WakeHere(await store.AgentsWithWorkAsync(stoppingToken));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(logger, exception);
            }
        }
    }

    private async Task EndOverdueAsync(CancellationToken cancellationToken)
    {
        var now = time.UtcMilliseconds();
        var overdue = await store.OverdueRunsAsync(now, s_grace, PageRequest.MaxLimit, cancellationToken);
        if (overdue.Count > 0)
        {
            var ended = await store.ChangeRunsAsync([.. overdue.Select(run => new RunChange(run.Id, old => old.IsOver ? null : End(old, now)))], cancellationToken);
            news.Runs([.. ended.Select(run => run.After).OfType<Run>()]);
        }
    }

    private static Run End(Run run, DateTimeOffset now) => (run.State, run.OfferedAt) switch
    {
        (RunState.Waiting, _) => run with
        {
            State = RunState.Expired,
            FinishedAt = now,
            Error = "The task expired before this host had its turn.",
        },
        (RunState.Pending, null) => run with
        {
            State = RunState.Expired,
            FinishedAt = now,
            Error = "The host was away until the task expired.",
        },
        _ => run with
        {
            State = RunState.Lost,
            FinishedAt = now,
            Error = "The agent was given the run and has not been heard of since.",
        },
    };

    [LoggerMessage(1, LogLevel.Warning, "Overdue runs could not be looked after; trying again")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
