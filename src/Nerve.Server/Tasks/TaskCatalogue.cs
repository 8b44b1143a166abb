using System.Collections.Concurrent;

namespace Nerve.Server.Tasks;

/// <summary>What tasks are made of, read once for thousands of runs. Only what never changes is to be taken from here: not their state, not the rollout.</summary>
public sealed class TaskCatalogue(ITaskStore store)
{
    /// <summary>A task may hold half a megabyte of script.</summary>
    private const int Most = 200;

    private readonly ConcurrentDictionary<Guid, NerveTask> _known = new();

    public async ValueTask<NerveTask?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(id, out var known))
        {
            return known;
        }

        var task = await store.FindAsync(id, cancellationToken);
        if (task is not null)
        {
            Keep(task);
        }

        return task;
    }

    /// <summary>Ids are ordered by time: the oldest go.</summary>
    private void Keep(NerveTask task)
    {
        _known[task.Id] = task;
        if (_known.Count > Most)
        {
            foreach (var old in _known.Keys.Order().Take(Most / 2))
            {
                _known.TryRemove(old, out _);
            }
        }
    }
}
