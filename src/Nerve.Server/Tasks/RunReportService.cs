using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Takes what agents report of their runs. An agent is believed about its own runs only, and only what can be. It is answered when its word is
/// stored.</summary>
public sealed class RunReportService(RunReportPipeline reports, RunOutputPipeline outputs, RunDispatcher dispatcher)
{
    public async Task<ReportReply> StartedAsync(Guid agentId, RunStarted started, CancellationToken cancellationToken)
    {
        var at = started.StartedAt.ToUtcMilliseconds();
        var report = await reports.WriteAsync(
            new RunReport(agentId, started.RunId, RunTransitions.PendingOnly, old => old with { State = RunState.Running, StartedAt = at }), cancellationToken);

        // Started before: the same start again, because the first acknowledgement was lost on its way.
        return Reply(agentId, report, before => before.StartedAt is not null);
    }

    public async Task<OutputReply> OutputAsync(Guid agentId, RunOutput output, CancellationToken cancellationToken)
    {
        if (output.Data.Length > RunOutput.MaxBytes)
        {
            return new OutputReply(false, 0, ProblemCodes.RunTransition);
        }

        var answer = await outputs.WriteAsync(new OutputReport(agentId, output), cancellationToken);
        return answer.Verdict switch
        {
            OutputVerdict.Taken => new OutputReply(true, answer.Stored),
            OutputVerdict.Unknown => new OutputReply(false, 0, ProblemCodes.RunUnknown),
            _ => new OutputReply(false, answer.Stored, ProblemCodes.RunTransition),
        };
    }

    public async Task<ReportReply> FinishedAsync(Guid agentId, RunFinished finished, CancellationToken cancellationToken)
    {
        var report = await reports.WriteAsync(
            new RunReport(
                agentId, finished.RunId, RunTransitions.Before(finished.State), old => Finish(old, finished),
                finished.State == RunState.Failed ? finished.ExitCode : null),
            cancellationToken);
        if (report.Added is { State: RunState.Pending, NotBefore: null })
        {
            dispatcher.Wake(agentId);
        }
        else if (report.After is not null)
        {
            dispatcher.HasRoom(agentId);
        }

        // Ended so before: the same result again, because the first acknowledgement was lost on its way.
        return Reply(agentId, report, before => (before.IsOver && before.State == finished.State)
            || (before.State == RunState.Retried && finished.State == RunState.Failed));
    }

    /// <summary>Another agent's run is as unknown to this one as one that does not exist.</summary>
    private static ReportReply Reply(Guid agentId, RunChanged report, Func<Run, bool> isRepeated) =>
        report.Before is not { } before || before.AgentId != agentId ? ReportReply.Refused(ProblemCodes.RunUnknown)
        : report.After is not null || isRepeated(before) ? ReportReply.Ok
        : ReportReply.Refused(ProblemCodes.RunTransition);

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
}
