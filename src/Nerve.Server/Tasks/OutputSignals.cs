using System.Collections.Concurrent;

namespace Nerve.Server.Tasks;

/// <summary>Wakes those who follow a run's output at this node. A missed ring only costs a moment: followers look by themselves too.</summary>
public sealed class OutputSignals
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

    public Task NextAsync(Guid runId) =>
        _waiting.GetOrAdd(runId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Ring(Guid runId)
    {
        if (_waiting.TryRemove(runId, out var waiting))
        {
            waiting.TrySetResult();
        }
    }
}
