using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Link;

/// <summary>What the center asks of this agent.</summary>
internal sealed class AgentPeer(RunManager runs, Rhythm rhythm) : IAgentPeer
{
    public Task Run(RunAssignment assignment) => runs.AcceptAsync(assignment, CancellationToken.None);

    public Task Cancel(RunCancel cancel) => runs.CancelAsync(cancel);

    public Task Configure(AgentSettings settings)
    {
        rhythm.Apply(settings);
        return Task.CompletedTask;
    }
}
