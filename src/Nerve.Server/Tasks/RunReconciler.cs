using Nerve.Protocol.Runs;
using Nerve.Server.Shared;

namespace Nerve.Server.Tasks;

/// <summary>Compares, when an agent says hello, what it knows of its runs with what is stored.</summary>
public sealed class RunReconciler(ITaskStore store, TaskNews news, TimeProvider time)
{
    private const int MostOpen = 10_000;

    /// <summary>A running run that the agent does not know any more is lost.</summary>
    /// <returns>The runs of the agent that are not known here, or not its own: it may drop them.</returns>
    public async Task<IReadOnlyList<Guid>> ReconcileAsync(Guid agentId, IReadOnlyList<Guid> claimed, CancellationToken cancellationToken)
    {
        foreach (var run in await store.OpenRunsAsync(agentId, MostOpen, cancellationToken))
        {
            if (run.State == RunState.Running && !claimed.Contains(run.Id))
            {
                await LoseAsync(run, cancellationToken);
            }
        }

        var unknown = new List<Guid>();
        foreach (var id in claimed)
        {
            if ((await store.FindRunAsync(id, cancellationToken))?.AgentId != agentId)
            {
                unknown.Add(id);
            }
        }

        return unknown;
    }

    private async Task LoseAsync(Run run, CancellationToken cancellationToken)
    {
        var now = time.UtcMilliseconds();
        var lost = await store.ChangeRunAsync(
            run.Id,
            RunTransitions.RunningOnly,
            old => old with { State = RunState.Lost, FinishedAt = now, Error = "The agent came back without any record of this run." },
            cancellationToken);
        if (lost is not null)
        {
            await news.RunAsync(lost, cancellationToken);
        }
    }
}
