using Nerve.Server.Nodes;

namespace Nerve.Server.Agents.Liveness;

/// <summary>Decides who is online. Pure: no I/O; time is the monotonic one of the injected provider.</summary>
/// <remarks>
/// <para><b>Rules.</b> Anything heard of an agent makes it online and sets its deadline to three heartbeat intervals from now. A link that
/// drops without a goodbye makes it suspect; its deadline stays. At the deadline it is offline. A goodbye makes it offline at once. When the
/// interval changes, whoever was not heard since then may still keep to the former one: the longer of both holds for it.</para>
/// <para><b>The center's own absence is never counted against an agent.</b> After a start every agent that was not offline is suspect with a
/// whole new deadline. If the sweep itself was late (the process was frozen, the machine overloaded), every deadline moves by as much:
/// nobody could have been heard in that time. Wall clock jumps do not matter here at all.</para>
/// <para><b>Several nodes.</b> Each node judges the agents that it heard itself and those whose link ends nowhere; of the others it believes the
/// node that has the link. Each link of an agent has a higher number than the one before it; a node that knows of none begins with the time, so
/// that a number is higher than those that were forgotten.</para>
/// <para><b>Whoever may be heard elsewhere is not judged.</b> While this node is cut off from the others, or the store takes nothing, so that an
/// agent without a link can say nothing here, only agents whose link ends here are judged. Afterwards, as after the end of another node, the
/// agents concerned have a whole new deadline.</para>
/// <para><b>Agents of a node that is gone without a word are in doubt.</b> It may be that node that is cut off, and it hears them all the same. They are
/// not offline at their deadline: <see cref="Doubts"/> names them, and <see cref="Settle"/> takes what the store says of them. So it is with agents without
/// a link, which may report to that node as well as to any other, but they keep their deadline.</para>
/// </remarks>
public sealed class LivenessTracker(TimeProvider time, TimeSpan heartbeat, string node = "")
{
    public const int MissedHeartbeats = 3;

    /// <summary>How often <see cref="Sweep"/> is meant to be called.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>A sweep later than this was a pause of the center's own.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, TrackedAgent> _agents = [];
    private TimeSpan _patience = heartbeat * MissedHeartbeats;
    private TimeSpan _formerPatience;
    private long _changedAt;
    private bool _isCutOff;
    private bool _isDeaf;
    private long _lastSweep = time.GetTimestamp();

    /// <summary>How long ago the last sweep was: much more than <see cref="SweepPeriod"/> means that nobody watches.</summary>
    public TimeSpan SinceSweep
    {
        get
        {
            lock (_gate)
            {
                return time.GetElapsedTime(_lastSweep);
            }
        }
    }

    /// <summary>Agents are told another interval from now on.</summary>
    public void SetHeartbeat(TimeSpan interval)
    {
        lock (_gate)
        {
            var isBetween = time.GetElapsedTime(_changedAt) < _formerPatience;
            _formerPatience = isBetween && _formerPatience > _patience ? _formerPatience : _patience;
            _patience = interval * MissedHeartbeats;
            _changedAt = time.GetTimestamp();
        }
    }

    /// <summary>An agent from the store, at start.</summary>
    public AgentStatus Restore(Guid agent, AgentStatus stored)
    {
        var status = stored == AgentStatus.Offline ? AgentStatus.Offline : AgentStatus.Suspect;
        lock (_gate)
        {
            _agents[agent] = new TrackedAgent { Status = status, HeardAt = time.GetTimestamp() };
        }

        return status;
    }

    public AgentStatus? Connected(Guid agent, string connection) => Change(agent, entry =>
    {
        entry.Connections.Add(connection);
        entry.Link = Math.Max(entry.Link + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        entry.Node = node;
        Hear(entry);
    });

    /// <summary>A heartbeat or any other word from the agent.</summary>
    public AgentStatus? Heard(Guid agent) => Change(agent, Hear);

    public AgentStatus? Disconnected(Guid agent, string connection, bool saidGoodbye) => Change(agent, entry =>
    {
        // An agent that has already come back on another link is not suspect because the old one is finally noticed dead.
        if (!entry.Connections.Remove(connection) || entry.Connections.Count > 0)
        {
            return;
        }

        entry.Node = null;
        entry.Status = saidGoodbye ? AgentStatus.Offline
            : entry.Status == AgentStatus.Online ? AgentStatus.Suspect
            : entry.Status;
    });

    public void Forget(Guid agent)
    {
        lock (_gate)
        {
            _agents.Remove(agent);
        }
    }

    /// <summary>Whether its link ends at this node, or at another that is alive.</summary>
    public bool IsConnected(Guid agent)
    {
        lock (_gate)
        {
            return _agents.TryGetValue(agent, out var entry) && entry.Node is not null;
        }
    }

    /// <summary>The number of the agent's newest link, the node where it ends, how long nothing was heard of the agent, and whether that node may hear it
    /// although it is gone.</summary>
    public (long Link, string? Node, TimeSpan Silent, bool IsInDoubt) LinkOf(Guid agent)
    {
        lock (_gate)
        {
            return _agents.TryGetValue(agent, out var entry)
                ? (entry.Link, entry.Node, time.GetElapsedTime(entry.HeardAt), entry.IsInDoubt)
                : default;
        }
    }

    /// <summary>The agents that this node heard last, with a link here or without one.</summary>
    public IReadOnlyList<Guid> HeardHere()
    {
        lock (_gate)
        {
            return [.. _agents.Where(agent => agent.Value.IsHeardHere).Select(agent => agent.Key)];
        }
    }

    /// <summary>What another node knows of an agent.</summary>
    /// <param name="state">Its word.</param>
    /// <param name="isCopy">It is what the nodes keep of it, and may be older than what is known here.</param>
    public Adoption Adopt(AgentState state, bool isCopy = false) => Change(state.AgentId, entry =>
    {
        var isOurs = entry.IsLinkedHere;
        if (state.Link < entry.Link || (isOurs && state.Link == entry.Link && !YieldsTo(state.Node)))
        {
            return isOurs ? Adoption.Contradicted : Adoption.Stale;
        }

        if (isCopy ? IsOldCopy(state, entry) : IsHeardHereSince(state, entry))
        {
            return Adoption.Stale;
        }

        entry.Link = state.Link;
        entry.Node = state.Node;
        entry.IsHeardHere = false;
        entry.IsInDoubt = state.IsInDoubt;
        entry.HeardAt = time.GetTimestamp() - Ticks(TimeSpan.FromMilliseconds(state.SilentMilliseconds));
        entry.Status = state.Status;
        entry.Connections.Clear();
        return isOurs ? Adoption.LinkLost : Adoption.Taken;
    });

    /// <summary>A node is there no more.</summary>
    /// <param name="gone">Its id.</param>
    /// <param name="saidSo">It stopped in good order, which says nothing about its agents; otherwise their links were cut, or it is out of touch.</param>
    /// <returns>The agents that are suspect now.</returns>
    public IReadOnlyList<Guid> NodeGone(string gone, bool saidSo)
    {
        lock (_gate)
        {
            var suspects = new List<Guid>();
            foreach (var (id, entry) in _agents.Where(agent => agent.Value.Node == gone || (!saidSo && agent.Value.Node is null)))
            {
                entry.IsInDoubt = !saidSo;
                if (entry.Node is null)
                {
                    continue; // its deadline stays: a node that is started again and again in vain would move it for ever
                }

                entry.Node = null;
                entry.HeardAt = time.GetTimestamp();
                if (!saidSo && entry.Status == AgentStatus.Online)
                {
                    entry.Status = AgentStatus.Suspect;
                    suspects.Add(id);
                }
            }

            return suspects;
        }
    }

    /// <summary>Whether this node hears nothing of the others.</summary>
    public void SetCutOff(bool isCutOff)
    {
        lock (_gate)
        {
            if (_isCutOff && !isCutOff)
            {
                GiveNewDeadlines();
            }

            _isCutOff = isCutOff;
        }
    }

    /// <summary>Whether agents without a link can say nothing here, for the store takes nothing: who connects is known by it.</summary>
    public void SetDeaf(bool isDeaf)
    {
        lock (_gate)
        {
            if (_isDeaf && !isDeaf)
            {
                GiveNewDeadlines();
            }

            _isDeaf = isDeaf;
        }
    }

    /// <summary>The agents whose patience has run out since the last sweep; they are offline now. Those in doubt are not among them.</summary>
    public IReadOnlyList<Guid> Sweep()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            ForgiveOwnPause(now);
            var gone = new List<Guid>();
            foreach (var (id, entry) in _agents)
            {
                if (!entry.IsInDoubt && IsOverdue(entry, now))
                {
                    entry.Status = AgentStatus.Offline;
                    gone.Add(id);
                }
            }

            return gone;
        }
    }

    /// <summary>The agents in doubt that are not offline, and whether the patience with them had run out at the last sweep, which forgives pauses.</summary>
    public IReadOnlyList<(Guid Agent, bool IsDue)> Doubts()
    {
        lock (_gate)
        {
            return [.. _agents
                .Where(agent => agent.Value.IsInDoubt && agent.Value.Status != AgentStatus.Offline)
                .Select(agent => (agent.Key, IsOverdue(agent.Value, _lastSweep)))];
        }
    }

    /// <summary>What the store says of an agent in doubt whose patience has run out. Nothing changes if that is not so any more.</summary>
    /// <param name="agent">Which.</param>
    /// <param name="isHeard">Somebody hears it: it has a whole new deadline. Otherwise it is offline.</param>
    public AgentStatus? Settle(Guid agent, bool isHeard) => Change(agent, entry =>
    {
        if (!entry.IsInDoubt || !IsOverdue(entry, _lastSweep))
        {
            return;
        }

        entry.IsInDoubt = isHeard;
        entry.HeardAt = isHeard ? time.GetTimestamp() : entry.HeardAt;
        entry.Status = isHeard ? entry.Status : AgentStatus.Offline;
    });

    private void ForgiveOwnPause(long now)
    {
        var late = time.GetElapsedTime(_lastSweep, now) - SweepPeriod;
        _lastSweep = now;
        if (late < s_pause)
        {
            return;
        }

        var pause = Ticks(late);
        foreach (var entry in _agents.Values)
        {
            entry.HeardAt = Math.Min(now, entry.HeardAt + pause);
        }
    }

    /// <summary>To those without a link here: they could not be heard, or nobody could say that they were.</summary>
    private void GiveNewDeadlines()
    {
        foreach (var entry in _agents.Values.Where(entry => !entry.IsLinkedHere))
        {
            entry.HeardAt = time.GetTimestamp();
        }
    }

    /// <summary>An agent without a link may be heard at any node, and each tells what it heard whenever another was away.</summary>
    private bool IsHeardHereSince(AgentState state, TrackedAgent entry) =>
        state.Link == entry.Link && state.Node is null && entry is { Node: null, IsHeardHere: true }
        && (state.IsInDoubt || TimeSpan.FromMilliseconds(state.SilentMilliseconds) > time.GetElapsedTime(entry.HeardAt));

    /// <summary>Whether what is kept of an agent's present link tells nothing that is not known here.</summary>
    /// <remarks>When it was written nobody can say. Who was heard here is known better here, and that a node is gone is told beside it. What remains is
    /// how a link ended, and that somebody offline was heard.</remarks>
    private static bool IsOldCopy(AgentState copy, TrackedAgent entry) =>
        copy.Link == entry.Link && !entry.IsLinkedHere
        && (entry.IsHeardHere || copy.IsInDoubt || (entry.Node is null && copy.Status == AgentStatus.Suspect && entry.Status != AgentStatus.Offline));

    private bool IsOverdue(TrackedAgent entry, long now) =>
        entry.Status != AgentStatus.Offline && IsToBeJudgedHere(entry) && time.GetElapsedTime(entry.HeardAt, now) >= PatienceWith(entry);

    private bool IsToBeJudgedHere(TrackedAgent entry) =>
        entry.IsLinkedHere || (!_isCutOff && !_isDeaf && (entry.IsHeardHere || entry.Node is null));

    private TimeSpan PatienceWith(TrackedAgent entry) =>
        entry.HeardAt < _changedAt && _formerPatience > _patience ? _formerPatience : _patience;

    /// <summary>Two nodes gave the same number to two links of one agent: one of them has to give way.</summary>
    private bool YieldsTo(string? other) => string.CompareOrdinal(other, node) > 0;

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);

    private void Hear(TrackedAgent entry)
    {
        entry.IsHeardHere = true;
        entry.IsInDoubt = false;
        entry.HeardAt = time.GetTimestamp();
        entry.Status = AgentStatus.Online;
    }

    /// <summary>The new status if it changed, else null.</summary>
    private AgentStatus? Change(Guid agent, Action<TrackedAgent> change) => Change<AgentStatus?>(agent, entry =>
    {
        var before = entry.Status;
        change(entry);
        return entry.Status == before ? null : entry.Status;
    });

    private T Change<T>(Guid agent, Func<TrackedAgent, T> change)
    {
        lock (_gate)
        {
            if (!_agents.TryGetValue(agent, out var entry))
            {
                _agents[agent] = entry = new TrackedAgent { HeardAt = time.GetTimestamp() };
            }

            return change(entry);
        }
    }
}
