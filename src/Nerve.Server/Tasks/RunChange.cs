namespace Nerve.Server.Tasks;

/// <summary>A change of one run, decided on the run as it is at that moment.</summary>
/// <param name="RunId">Which.</param>
/// <param name="Change">Given the run as it is, perhaps several times; null leaves it so. Its id and stored length stay, whatever the answer says.</param>
public sealed record RunChange(Guid RunId, Func<Run, Run?> Change)
{
    /// <summary>Given the run as it was changed, the run that takes its place, added in the same moment; null for none. A run of this task, agent and
    /// attempt that is there already stays.</summary>
    public Func<Run, Run?>? Successor { get; init; }
}

/// <summary>What became of a <see cref="RunChange"/>.</summary>
/// <param name="Before">The run as the change found it; null if there is no such run.</param>
/// <param name="After">The run as it was written; null if it was left.</param>
/// <param name="Added">The run that took its place.</param>
public readonly record struct RunChanged(Run? Before, Run? After, Run? Added = null);

/// <summary>Several changes in the order in which they came: what the first made of a run, the next finds.</summary>
public sealed class RunChanges
{
    private readonly Dictionary<Guid, Run> _runs;
    private readonly Dictionary<Guid, Run> _written = [];
    private readonly HashSet<Guid> _moved = [];

    private RunChanges(Dictionary<Guid, Run> runs) => _runs = runs;

    /// <summary>An answer for each change.</summary>
    public IReadOnlyList<RunChanged> Answers { get; private set; } = [];

    /// <summary>The runs to be written, each once, in the order of their ids.</summary>
    public IReadOnlyList<Run> Written => [.. _written.Values.OrderBy(run => run.Id)];

    /// <summary>The runs to be added.</summary>
    public IReadOnlyList<Run> Added => [.. Answers.Select(answer => answer.Added).OfType<Run>()];

    /// <summary>The tasks some of whose runs are in another state now, with the latest end of these runs, in the order of their ids.</summary>
    public IReadOnlyList<(Guid TaskId, DateTimeOffset? At)> Tasks =>
        [.. _written.Values.Where(run => _moved.Contains(run.Id)).GroupBy(run => run.TaskId).OrderBy(task => task.Key)
            .Select(task => (task.Key, task.Max(run => run.FinishedAt)))];

    /// <param name="runs">Those of the runs that there are, as they are now.</param>
    /// <param name="changes">What to do.</param>
    public static RunChanges Of(IEnumerable<Run> runs, IReadOnlyList<RunChange> changes)
    {
        var all = new RunChanges(runs.ToDictionary(run => run.Id));
        all.Answers = [.. changes.Select(all.Apply)];
        return all;
    }

    private RunChanged Apply(RunChange change)
    {
        if (!_runs.TryGetValue(change.RunId, out var before) || change.Change(before) is not { } changed)
        {
            return new RunChanged(_runs.GetValueOrDefault(change.RunId), null);
        }

        var after = changed with { Id = before.Id, StoredBytes = before.StoredBytes };
        _runs[after.Id] = _written[after.Id] = after;
        if (after.State != before.State)
        {
            _moved.Add(after.Id);
        }

        return new RunChanged(before, after, change.Successor?.Invoke(after));
    }
}
