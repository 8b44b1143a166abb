namespace Nerve.Agent.Linux;

/// <summary>Asks filesystems for their space without ever waiting longer than a deadline: one on a dead server or a dead
/// disk can block its caller for ever, so it keeps the thread that asked and is not asked again until that returns.</summary>
internal sealed class SpaceProbe(TimeSpan deadline, Func<string, FilesystemSpace?> ask)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _stuck = new(StringComparer.Ordinal);

    public SpaceProbe()
        : this(TimeSpan.FromSeconds(2), FilesystemSpace.Of)
    {
    }

    /// <summary>Those that have not answered yet; they are asked again once they do.</summary>
    public IReadOnlyList<string> Stuck
    {
        get
        {
            lock (_lock)
            {
                return [.. _stuck];
            }
        }
    }

    /// <summary>The answers by mount point, without those that did not come in time or not at all.</summary>
    public IReadOnlyDictionary<string, FilesystemSpace> Measure(IReadOnlyList<Mount> mounts)
    {
        var answers = new Dictionary<string, FilesystemSpace>(StringComparer.Ordinal);
        var rounds = Rounds(mounts).ConvertAll(points => new Round(points));
        if (rounds.Count == 0)
        {
            return answers;
        }

        using var left = new CountdownEvent(rounds.Count);
        foreach (var round in rounds)
        {
            // A thread of its own, not one of the pool: the pool would shrink by each that never comes back.
            new Thread(() => Ask(round, left), maxStackSize: 256 * 1024) { IsBackground = true, Name = "statvfs" }.Start();
        }

        left.Wait(deadline);
        lock (_lock)
        {
            foreach (var round in rounds)
            {
                Close(round, answers);
            }
        }

        return answers;
    }

    // Local ones share a thread; each that may wait for another machine has its own.
    private List<IReadOnlyList<string>> Rounds(IReadOnlyList<Mount> mounts)
    {
        lock (_lock)
        {
            var free = mounts.Where(mount => !_stuck.Contains(mount.MountPoint)).ToLookup(mount => mount.IsRemote, mount => mount.MountPoint);
            List<IReadOnlyList<string>> rounds = [.. free[true].Select(point => new[] { point })];
            if (free[false].Any())
            {
                rounds.Add([.. free[false]]);
            }

            return rounds;
        }
    }

    private void Ask(Round round, CountdownEvent left)
    {
        foreach (var point in round.Points)
        {
            lock (_lock)
            {
                if (round.Closed)
                {
                    return;
                }

                round.Current = point;
            }

            var space = ask(point);
            lock (_lock)
            {
                if (round.Closed)
                {
                    _stuck.Remove(point);
                    return;
                }

                round.Current = null;
                if (space is { } answer)
                {
                    round.Answers[point] = answer;
                }
            }
        }

        lock (_lock)
        {
            // After the deadline the event is gone, and so is everyone who would listen.
            if (!round.Closed)
            {
                left.Signal();
            }
        }
    }

    private void Close(Round round, Dictionary<string, FilesystemSpace> answers)
    {
        round.Closed = true;
        if (round.Current is { } point)
        {
            _stuck.Add(point);
        }

        foreach (var (answered, space) in round.Answers)
        {
            answers[answered] = space;
        }
    }

    private sealed class Round(IReadOnlyList<string> points)
    {
        public IReadOnlyList<string> Points { get; } = points;

        public Dictionary<string, FilesystemSpace> Answers { get; } = new(StringComparer.Ordinal);

        public string? Current { get; set; }

        public bool Closed { get; set; }
    }
}
