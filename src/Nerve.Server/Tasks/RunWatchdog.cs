using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Sees to it that every run ends, and with them their tasks: unanswered offers are repeated, what expired ends, what nobody can answer for is lost.</summary>
public sealed class RunWatchdog(
    ITaskStore store, RunDispatcher dispatcher, TaskNews news, TimeProvider time, ILogger<RunWatchdog> logger)
    : PeriodicService(TimeSpan.FromSeconds(5), "Overdue runs could not be looked after", time, logger)
{
    /// <summary>An agent that was away has this long after the end of everything to deliver a result from its journal.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_settling = TimeSpan.FromMinutes(1);

    private long? _settled;

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        await EndOverdueAsync(stoppingToken);
        await SettleAsync(stoppingToken);
        dispatcher.WakeHere(await store.AgentsWithWorkAsync(stoppingToken));
    }

    private async Task EndOverdueAsync(CancellationToken cancellationToken)
    {
        var now = Time.UtcMilliseconds();
        var overdue = await store.OverdueRunsAsync(now, s_grace, PageRequest.MaxLimit, cancellationToken);
        if (overdue.Count > 0)
        {
            var ended = await store.ChangeRunsAsync([.. overdue.Select(run => new RunChange(run.Id, old => old.IsOver || WasJustOffered(run, old) ? null : End(old, now)))], cancellationToken);
            news.Runs([.. ended.Select(run => run.After).OfType<Run>()]);
        }
    }

    /// <summary>Seldom needed, so seldom looked for.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (_settled is { } last && Time.GetElapsedTime(last) < s_settling)
        {
            return;
        }

        foreach (var task in await store.SettleTasksAsync(PageRequest.MaxLimit, cancellationToken))
        {
            await news.TaskAsync(task, cancellationToken);
        }

        _settled = Time.GetTimestamp();
    }

    private static bool WasJustOffered(Run read, Run now) => read.OfferedAt is null && now.OfferedAt is not null;

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
            Error = run.Attempt == 1
                ? "The host was away until the task expired."
                : $"It failed {run.Attempt - 1} times, and the task expired before it could be tried again.",
        },
        _ => run with
        {
            State = RunState.Lost,
            FinishedAt = now,
            Error = "The agent was given the run and has not been heard of since.",
        },
    };
}
