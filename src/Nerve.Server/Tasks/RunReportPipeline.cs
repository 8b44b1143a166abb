using Nerve.Protocol.Runs;
using Nerve.Server.Ingestion;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Gathers what agents report of their runs: one transaction for the starts and ends of many.</summary>
public sealed class RunReportPipeline(
    ITaskStore store, TaskCatalogue tasks, TaskNews news, IdSource ids, TimeProvider time, ILogger<RunReportPipeline> logger, StoreHealth? health = null)
    : BatchPipeline<RunReport, RunChanged>(s_limits, time, logger, health)
{
    public const int Capacity = 20_000;
    public const int MaxBatch = 1000;

    /// <summary>A person waits for the start of a run, but does not see 25 ms; in those the reports of a task for thousands fill a transaction.
    /// While the database works for one batch, the center does for another. What an agent says of a run follows an answer to what it said before.</summary>
    private static readonly BatchLimits s_limits = new("reports of runs", Capacity, MaxBatch, TimeSpan.FromMilliseconds(25), Many: 500, AtOnce: 3);

    private readonly TimeProvider _time = time;

    /// <remarks>A report that comes again finds its run changed already, and leaves it.</remarks>
    protected override async Task<IReadOnlyList<RunChanged>> StoreAsync(IReadOnlyList<RunReport> batch, CancellationToken cancellationToken)
    {
        var retries = await RetriesAsync(batch, cancellationToken);
        return await store.ChangeRunsAsync([.. batch.Select(report => ChangeOf(report, retries.GetValueOrDefault(report.RunId)))], cancellationToken);
    }

    protected override int Stored(IReadOnlyList<RunReport> batch, IReadOnlyList<RunChanged> answers)
    {
        news.Runs([.. answers.Select(answer => answer.After).Concat(answers.Select(answer => answer.Added)).OfType<Run>()]);
        return batch.Count;
    }

    /// <summary>An agent is believed about its own runs only. What had been given up as lost is not tried again: its task is over, and somebody may have
    /// made another.</summary>
    private RunChange ChangeOf(RunReport report, NerveTask? retrying)
    {
        var change = new RunChange(report.RunId, old => old.AgentId == report.AgentId && report.From.Contains(old.State) ? report.Change(old) : null);
        return retrying is null ? change : new RunChange(
            report.RunId,
            old => change.Change(old) is not { } ended ? null
                : old.State != RunState.Lost && ended.CancelRequestedAt is null && retrying.Spec.Retries!.Covers(old.Attempt, report.FailedWith) && IsInTime(retrying)
                    ? ended with { State = RunState.Retried }
                : ended)
        {
            Successor = ended => ended.State == RunState.Retried ? Next(ended, retrying) : null,
        };
    }

    /// <summary>Whether the next attempt could begin before the task expires; if not, this failure was the last word.</summary>
    private bool IsInTime(NerveTask task) => _time.UtcMilliseconds().AddSeconds(task.Spec.Retries!.DelaySeconds) < task.ExpiresAt;

    /// <summary>In a rollout it waits for its turn like any other, so that no limit is passed, and nothing begins when the rollout has stopped.</summary>
    private Run Next(Run failed, NerveTask task) => new()
    {
        Id = ids.Next(),
        TaskId = failed.TaskId,
        AgentId = failed.AgentId,
        Hostname = failed.Hostname,
        Batch = failed.Batch,
        Attempt = failed.Attempt + 1,
        NotBefore = task.Spec.Retries!.DelaySeconds > 0 ? _time.UtcMilliseconds().AddSeconds(task.Spec.Retries.DelaySeconds) : null,
        State = task.Rollout is null ? RunState.Pending : RunState.Waiting,
    };

    /// <summary>Of the runs that failed, the tasks that try such failures again.</summary>
    private async Task<Dictionary<Guid, NerveTask>> RetriesAsync(IReadOnlyList<RunReport> batch, CancellationToken cancellationToken)
    {
        var retries = new Dictionary<Guid, NerveTask>();
        List<Guid> failed = [.. batch.Where(report => report.FailedWith is not null).Select(report => report.RunId).Distinct()];
        foreach (var run in failed.Count == 0 ? [] : await store.FindRunsAsync(failed, cancellationToken))
        {
            if (await tasks.FindAsync(run.TaskId, cancellationToken) is { Spec.Retries: not null } task)
            {
                retries[run.Id] = task;
            }
        }

        return retries;
    }
}
