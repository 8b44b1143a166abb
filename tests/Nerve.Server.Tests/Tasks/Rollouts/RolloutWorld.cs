using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tests.Tasks.Rollouts;

/// <summary>A fleet under a rollout, on paper: hosts that run, fail, leave and return, and nodes that step, hesitate and die. Checks each release.</summary>
internal sealed class RolloutWorld
{
    private readonly Host[] _hosts;
    private readonly HashSet<int> _blessed = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private (Rollout Rollout, RolloutObservation Seen, int Failed)? _hesitating;
    private HashSet<int> _noted = [];

    public RolloutWorld(RolloutSpec spec, int hosts)
    {
        var ends = spec.Ends(hosts);
        _hosts = [.. Enumerable.Range(0, hosts).Select(i => new Host(ends.TakeWhile(end => end <= i).Count()))];
        Rollout = new Rollout { Spec = spec, Hosts = hosts, Batches = ends.Count };
    }

    private enum Stage
    {
        Waiting,
        Open,
        Succeeded,
        Failed,
        Cancelled,
    }

    public Rollout Rollout { get; private set; }

    public bool IsDone => Rollout.IsOver && _hosts.All(host => host.Stage is not (Stage.Waiting or Stage.Open));

    public int Begun => _hosts.Count(host => host.HasBegun);

    /// <summary>One thing that may happen, to a host if it is about one.</summary>
    public void Happen(int what, int host)
    {
        var one = _hosts[host % _hosts.Length];
        switch (what % 13)
        {
            case 0 or 1 or 2: Step(diesAfterNote: false); break;
            case 3: Step(diesAfterNote: true); break;
            case 4: _hesitating = Look(); break;
            case 5: Decide(diesAfterNote: false); break;
            case 6 or 7: End(one, Stage.Succeeded); break;
            case 8: End(one, Stage.Failed); break;
            case 9: one.IsAway = !one.IsAway; one.WasAway = true; break;
            case 10: _now = _now.AddSeconds(host % 40); break;
            case 11: Change(host % 2 == 0 ? RolloutMachine.Pause(Rollout, "ada") : RolloutMachine.Resume(Rollout)); break;
            default: Change(host % 40 == 0 ? RolloutMachine.Cancel(Rollout, "ada") : null); break;
        }
    }

    /// <summary>Everybody is back, everything ends, nobody stands in the way any more.</summary>
    public void Settle()
    {
        foreach (var host in _hosts)
        {
            host.IsAway = false;
        }

        for (var i = 0; i < 10 * (_hosts.Length + 10) && !IsDone; i++)
        {
            Step(diesAfterNote: false);
            Array.ForEach(_hosts, host => End(host, Stage.Succeeded));
            _now = _now.AddDays(1);
            Change(Rollout.Phase is RolloutPhase.Paused or RolloutPhase.Confirming ? RolloutMachine.Resume(Rollout) : null);
        }
    }

    private void Step(bool diesAfterNote)
    {
        _hesitating = Look();
        Decide(diesAfterNote);
    }

    /// <summary>As the stepper does: first what the last note says, then a look at the hosts.</summary>
    private (Rollout Rollout, RolloutObservation Seen, int Failed) Look()
    {
        Release(_noted);
        var reached = _hosts.Where(host => host.Batch <= Rollout.Batch).ToList();
        return (Rollout, new RolloutObservation(
            reached.Count(host => host is { Stage: Stage.Open, IsAway: false }),
            reached.Count(host => host is { Stage: Stage.Waiting, IsAway: false }),
            _hosts.Count(host => host.Stage == Stage.Failed) + reached.Count(host => host is { Stage: Stage.Open, IsAway: true }),
            _hosts.Count(host => host.Stage == Stage.Waiting)), _hosts.Count(host => host.Stage == Stage.Failed));
    }

    private void Decide(bool diesAfterNote)
    {
        if (_hesitating is not { } look || look.Rollout.Step != Rollout.Step)
        {
            return; // another node was faster
        }

        _hesitating = null;
        var (next, release) = RolloutMachine.Next(look.Rollout, look.Seen, _now);
        var chosen = Enumerable.Range(0, _hosts.Length)
            .Where(i => _hosts[i].Stage == Stage.Waiting && !_hosts[i].IsAway && _hosts[i].Batch <= look.Rollout.Batch).Take(release).ToHashSet();
        Check(look.Rollout, next, chosen, look.Failed);
        Rollout = next with { Step = Rollout.Step + 1 };
        _noted = chosen;
        if (!diesAfterNote)
        {
            Release(chosen);
        }

        if (Rollout.IsOver)
        {
            CancelWaiting();
        }
    }

    /// <param name="failed">When the node looked; who fails after that counts with its next step.</param>
    private void Check(Rollout old, Rollout next, HashSet<int> chosen, int failed)
    {
        if (chosen.Count == 0)
        {
            return;
        }

        Assert.False(old.IsOver || old.Phase == RolloutPhase.Paused || next.IsOver, "It released hosts though it was over or halted.");
        var open = _hosts.Count(host => host is { Stage: Stage.Open, IsAway: false, WasAway: false });
        Assert.True(open + chosen.Count <= (old.Spec.MaxParallel ?? int.MaxValue), $"{open} were open and {chosen.Count} more were released.");
        Assert.True(
            old.Spec.OnFailures == OnFailures.Continue || failed - old.Forgiven <= old.Spec.FailuresAllowed(old.Hosts),
            $"{failed} had failed, {old.Forgiven} of them forgiven.");
        Assert.All(chosen, i => Assert.True(_blessed.Add(i), $"Host {i} was released twice."));
        Assert.All(chosen, i => Assert.True(_hosts[i].Batch <= old.Batch, $"Host {i} is of a later batch."));
        var begun = chosen.Max(i => _hosts[i].Batch);
        Assert.DoesNotContain(_hosts, host => host.Batch < begun && host is { Stage: Stage.Open or Stage.Waiting, WasAway: false });
    }

    private void Release(HashSet<int> hosts)
    {
        foreach (var host in hosts.Select(i => _hosts[i]).Where(host => host.Stage == Stage.Waiting))
        {
            (host.Stage, host.HasBegun) = (Stage.Open, true);
        }
    }

    private static void End(Host host, Stage stage)
    {
        if (host is { Stage: Stage.Open, IsAway: false })
        {
            host.Stage = stage;
        }
    }

    private void Change(Rollout? changed)
    {
        if (changed is not null)
        {
            Rollout = changed with { Step = Rollout.Step + 1 };
            if (Rollout.IsOver)
            {
                CancelWaiting();
            }
        }
    }

    private void CancelWaiting()
    {
        foreach (var host in _hosts.Where(host => host.Stage == Stage.Waiting))
        {
            host.Stage = Stage.Cancelled;
        }
    }

    private sealed class Host(int batch)
    {
        public int Batch { get; } = batch;

        public Stage Stage { get; set; }

        public bool IsAway { get; set; }

        public bool WasAway { get; set; }

        public bool HasBegun { get; set; }
    }
}
