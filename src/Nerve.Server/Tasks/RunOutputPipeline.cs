using Nerve.Protocol.Runs;
using Nerve.Server.Ingestion;
using Nerve.Server.Operations;

namespace Nerve.Server.Tasks;

/// <summary>A piece of output and whose word it is.</summary>
public sealed record OutputReport(Guid AgentId, RunOutput Output);

/// <summary>What became of it.</summary>
public enum OutputVerdict
{
    /// <summary>Stored, or it was before.</summary>
    Taken,

    /// <summary>There is no such run, or it is another agent's.</summary>
    Unknown,

    /// <summary>The run is over and was not lost, or may not write so much.</summary>
    Refused,
}

/// <param name="Verdict">What became of the piece.</param>
/// <param name="Stored">The run's stored length.</param>
public readonly record struct OutputAnswer(OutputVerdict Verdict, long Stored);

/// <summary>Gathers the output of many runs. Apart from <see cref="RunReportPipeline"/>, for results are not to wait behind what others write.</summary>
public sealed class RunOutputPipeline(
    ITaskStore store, TaskCatalogue tasks, TaskSecrets secrets, OutputSignals signals, TimeProvider time, ILogger<RunOutputPipeline> logger, StoreHealth? health = null)
    : BatchPipeline<OutputReport, OutputAnswer>(s_limits, time, logger, health)
{
    /// <summary>Of 64 KiB at most: 64 MiB wait, and 16 MiB are one transaction.</summary>
    public const int Capacity = 1000;
    public const int MaxBatch = 256;

    /// <summary>Who watches output does not see 25 ms.</summary>
    private static readonly BatchLimits s_limits = new("pieces of output", Capacity, MaxBatch, TimeSpan.FromMilliseconds(25), Many: MaxBatch);

    /// <remarks>A piece that comes again does not begin at the stored length, and is left out.</remarks>
    protected override async Task<IReadOnlyList<OutputAnswer>> StoreAsync(IReadOnlyList<OutputReport> batch, CancellationToken cancellationToken)
    {
        var runs = (await store.FindRunsAsync([.. batch.Select(report => report.Output.RunId).Distinct()], cancellationToken)).ToDictionary(run => run.Id);
        var answers = new OutputAnswer[batch.Count];
        var taken = new List<(int Place, RunOutput Output)>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            var (output, run) = (batch[i].Output, runs.GetValueOrDefault(batch[i].Output.RunId));
            var task = run is null ? null : await tasks.FindAsync(run.TaskId, cancellationToken);
            answers[i] = Judge(batch[i], run, task);
            if (answers[i].Verdict == OutputVerdict.Taken)
            {
                taken.Add((i, output with { Data = secrets.Mask(task!, output.Data) }));
            }
        }

        var stored = taken.Count == 0 ? [] : await store.AppendOutputsAsync([.. taken.Select(piece => piece.Output)], cancellationToken);
        foreach (var (i, length) in taken.Select(piece => piece.Place).Zip(stored))
        {
            answers[i] = length is { } now ? new OutputAnswer(OutputVerdict.Taken, now) : new OutputAnswer(OutputVerdict.Unknown, 0);
        }

        return answers;
    }

    protected override int Stored(IReadOnlyList<OutputReport> batch, IReadOnlyList<OutputAnswer> answers)
    {
        signals.Ring([.. batch.Select(report => report.Output.RunId).Distinct()]);
        return answers.Count(answer => answer.Verdict == OutputVerdict.Taken);
    }

    private static OutputAnswer Judge(OutputReport report, Run? run, NerveTask? task)
    {
        if (run is null || run.AgentId != report.AgentId)
        {
            return new OutputAnswer(OutputVerdict.Unknown, 0);
        }

        var fits = task is not null && report.Output.Offset >= 0 && report.Output.Offset + report.Output.Data.Length <= task.Spec.OutputLimitBytes;
        return new OutputAnswer(fits && (!run.IsOver || run.State == RunState.Lost) ? OutputVerdict.Taken : OutputVerdict.Refused, run.StoredBytes);
    }
}
