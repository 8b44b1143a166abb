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
        foreach (var run in await store.OpenRunsAsync(agentId, MostOpen, cancellationToken))
        {
            if (run.State == RunState.Running && !journal.Contains(run.Id))
            {
                await EndAsync(run, RunState.Lost, "The agent came back without any record of this run.", cancellationToken);
            }
        }

        var unknown = new List<Guid>();
        foreach (var id in journal)
        {
            if ((await store.FindRunAsync(id, cancellationToken))?.AgentId != agentId)
            {
                unknown.Add(id);
            }
        }

        return unknown;
    }

    /// <summary>The agent's journal is gone, and with it the proof that an offered run was not started: it must not be offered again.</summary>
    public async Task JournalIsGoneAsync(Guid agentId, CancellationToken cancellationToken)
    {
        foreach (var run in await store.OpenRunsAsync(agentId, MostOpen, cancellationToken))
        {
            if (run.OfferedAt is not null)
            {
                await EndAsync(run, RunState.Lost, "The machine was installed anew; whether it had started this run is not known.", cancellationToken);
            }
        }
    }

    private async Task EndAsync(Run run, RunState state, string error, CancellationToken cancellationToken)
    {
        var now = time.UtcMilliseconds();
        var ended = await store.ChangeRunAsync(
            run.Id, RunTransitions.Open, old => old with { State = state, FinishedAt = now, Error = error }, cancellationToken);
        if (ended is not null)
        {
            await news.RunAsync(ended, cancellationToken);
        }
    }
}
