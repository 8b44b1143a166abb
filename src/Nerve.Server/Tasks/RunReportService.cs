using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Takes what agents report of their runs. An agent is believed about its own runs only, and only what can be.</summary>
public sealed class RunReportService(ITaskStore store, TaskNews news, OutputSignals signals, RunDispatcher dispatcher)
{
    public async Task<ReportReply> StartedAsync(Guid agentId, RunStarted started, CancellationToken cancellationToken)
    {
        if (await OwnAsync(agentId, started.RunId, cancellationToken) is not { } run)
        {
            return ReportReply.Refused(ProblemCodes.RunUnknown);
        }

        var changed = await store.ChangeRunAsync(
            run.Id,
            RunTransitions.PendingOnly,
            old => old with { State = RunState.Running, StartedAt = started.StartedAt.ToUtcMilliseconds() },
            cancellationToken);
        if (changed is not null)
        {
            await news.RunAsync(changed, cancellationToken);
            return ReportReply.Ok;
        }

        // The same start again, because the first acknowledgement was lost on its way.
        var now = await store.FindRunAsync(run.Id, cancellationToken);
        return now?.StartedAt is not null ? ReportReply.Ok : ReportReply.Refused(ProblemCodes.RunTransition);
    }

    public async Task<OutputReply> OutputAsync(Guid agentId, RunOutput output, CancellationToken cancellationToken)
    {
        if (await OwnAsync(agentId, output.RunId, cancellationToken) is not { } run)
        {
            return new OutputReply(false, 0, ProblemCodes.RunUnknown);
        }

        if (run.IsOver || output.Data.Length > RunOutput.MaxBytes)
        {
            return new OutputReply(false, run.StoredBytes, ProblemCodes.RunTransition);
        }

        var task = await store.FindAsync(run.TaskId, cancellationToken);
        if (output.Offset + output.Data.Length > task!.Spec.OutputLimitBytes)
        {
            return new OutputReply(false, run.StoredBytes, ProblemCodes.RunTransition);
        }

        var stored = await store.AppendOutputAsync(output, cancellationToken);
        signals.Ring(run.Id);
        return stored is { } next ? new OutputReply(true, next) : new OutputReply(false, 0, ProblemCodes.RunUnknown);
    }

    public async Task<ReportReply> FinishedAsync(Guid agentId, RunFinished finished, CancellationToken cancellationToken)
    {
        if (await OwnAsync(agentId, finished.RunId, cancellationToken) is not { } run)
        {
            return ReportReply.Refused(ProblemCodes.RunUnknown);
        }

        var before = RunTransitions.Before(finished.State);
        if (before.Count == 0)
        {
            return ReportReply.Refused(ProblemCodes.RunTransition);
        }

        var changed = await store.ChangeRunAsync(run.Id, before, old => Finish(old, finished), cancellationToken);
        if (changed is not null)
        {
            await news.RunAsync(changed, cancellationToken);
            dispatcher.Wake(agentId);
            return ReportReply.Ok;
        }

        // The same result again, because the first acknowledgement was lost on its way.
        var now = await store.FindRunAsync(run.Id, cancellationToken);
        return now?.State == finished.State ? ReportReply.Ok : ReportReply.Refused(ProblemCodes.RunTransition);
    }

    private static Run Finish(Run run, RunFinished finished) => run with
    {
        State = finished.State,
        ExitCode = finished.ExitCode,
        Signal = Short(finished.Signal),
        Error = Short(finished.Error),
        StartedAt = finished.StartedAt?.ToUtcMilliseconds() ?? run.StartedAt,
        FinishedAt = finished.FinishedAt.ToUtcMilliseconds(),
        OutputBytes = finished.OutputBytes,
        OutputTruncated = finished.OutputTruncated,
    };

    private static string? Short(string? text) => text?.Length > 1000 ? text[..1000] : text;

    /// <summary>Another agent's run is as unknown to this one as one that does not exist.</summary>
    private async Task<Run?> OwnAsync(Guid agentId, Guid runId, CancellationToken cancellationToken) =>
        await store.FindRunAsync(runId, cancellationToken) is { } run && run.AgentId == agentId ? run : null;
}
