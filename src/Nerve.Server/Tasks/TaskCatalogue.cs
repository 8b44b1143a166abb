using System.Collections.Concurrent;

namespace Nerve.Server.Tasks;

/// <summary>What tasks are made of, read once for thousands of runs. Only what never changes is to be taken from here: not their state, not the rollout.</summary>
public sealed class TaskCatalogue(ITaskStore store)
{
    internal const int Most = 200;

    /// <summary>Characters of what tasks execute, of which one may hold more than a million.</summary>
    internal const long MostText = 16 << 20;

    private const int GuidBytes = 16;

    private readonly ConcurrentDictionary<Guid, NerveTask> _known = new();

    internal IReadOnlyCollection<NerveTask> Known => [.. _known.Values];

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

    /// <summary>Ids are ordered by time: the oldest go, but for the one that is asked for.</summary>
    private void Keep(NerveTask task)
    {
        _known[task.Id] = task;
        var room = MostText;
        foreach (var (place, known) in _known.Values.OrderByDescending(known => known.Id).Index())
        {
            room -= TextOf(known);
            if ((place >= Most || room < 0) && known.Id != task.Id)
            {
                _known.TryRemove(known.Id, out _);
            }
        }
    }

    private static long TextOf(NerveTask task) =>
        (task.Spec.Script?.Length ?? 0) + (task.Spec.Stdin?.Length ?? 0) + task.Spec.Args.Sum(arg => arg.Length) + task.Spec.Env.Sum(pair => pair.Value.Length)
        + ((task.Target.Agents?.Count ?? 0) * (GuidBytes / sizeof(char)));
}
