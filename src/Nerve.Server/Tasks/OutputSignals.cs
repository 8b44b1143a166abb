using System.Collections.Concurrent;
using Nerve.Server.Nodes;

namespace Nerve.Server.Tasks;

/// <summary>Wakes those who follow a run's output. A missed ring only costs a moment: followers look by themselves too.</summary>
public sealed class OutputSignals(INodeBus nodes)
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

    public Task NextAsync(Guid runId) =>
        _waiting.GetOrAdd(runId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Ring(Guid runId)
    {
        RingHere(runId);
        nodes.Publish(new OutputWritten(runId));
    }

    /// <summary>For those at this node only.</summary>
    public void RingHere(Guid runId)
    {
        if (_waiting.TryRemove(runId, out var waiting))
        {
            waiting.TrySetResult();
        }
    }
}
