using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Compares what an agent knows of its runs with what is stored, and ends what nobody can answer for any more.</summary>
public sealed class RunReconciler(ITaskStore store, TaskNews news, TimeProvider time)
{
    private const int MostOpen = 10_000;

    /// <summary>A running run that the agent does not know any more is lost.</summary>
    /// <returns>The runs of the agent that are not known here, or not its own: it may drop them.</returns>
    public async Task<IReadOnlyList<Guid>> ReconcileAsync(Guid agentId, IReadOnlyList<Guid> claimed, CancellationToken cancellationToken)
    {
        var journal = claimed.ToHashSet();
        await EndAsync(
            await OpenRunsAsync(agentId, cancellationToken),
            run => run.State == RunState.Running && !journal.Contains(run.Id),
            "The agent came back without any record of this run.",
            cancellationToken);
        var known = journal.Count == 0 ? [] : await store.FindRunsAsync(journal, cancellationToken);
        return [.. journal.Except(known.Where(run => run.AgentId == agentId).Select(run => run.Id))];
    }

    /// <summary>The agent's journal is gone, and with it the proof that an offered run was not started: it must not be offered again.</summary>
    public async Task JournalIsGoneAsync(Guid agentId, CancellationToken cancellationToken) => await EndAsync(
        await OpenRunsAsync(agentId, cancellationToken),
        run => run.OfferedAt is not null,
        "The machine was installed anew; whether it had started this run is not known.",
        cancellationToken);

    private Task<IReadOnlyList<Run>> OpenRunsAsync(Guid agentId, CancellationToken cancellationToken) => store.OpenRunsAsync([agentId], MostOpen, cancellationToken);

    private async Task EndAsync(IReadOnlyList<Run> open, Func<Run, bool> isLost, string error, CancellationToken cancellationToken)
    {
        var now = time.UtcMilliseconds();
        List<RunChange> ends = [.. open.Where(isLost).Select(run => new RunChange(
            run.Id, old => RunTransitions.Open.Contains(old.State) ? old with { State = RunState.Lost, FinishedAt = now, Error = error } : null))];
        if (ends.Count > 0)
        {
            var ended = await store.ChangeRunsAsync(ends, cancellationToken);
            news.Runs([.. ended.Select(run => run.After).OfType<Run>()]);
        }
    }
}
