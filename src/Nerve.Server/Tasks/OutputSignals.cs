using System.Collections.Concurrent;
using Nerve.Server.Nodes;

namespace Nerve.Server.Tasks;

/// <summary>Wakes those who follow a run's output. A missed ring only costs a moment: followers look by themselves too.</summary>
public sealed class OutputSignals(INodeBus nodes)
{
    private const int RunsInOneMessage = 1000;

    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

    public Task NextAsync(Guid runId) =>
        _waiting.GetOrAdd(runId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Ring(params IReadOnlyCollection<Guid> runIds)
    {
        foreach (var run in runIds)
        {
            RingHere(run);
        }

        foreach (var some in nodes.HasOthers ? runIds.Chunk(RunsInOneMessage) : [])
        {
            nodes.Publish(new OutputWritten(some));
        }
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
