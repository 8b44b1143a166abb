namespace Nerve.Server.Agents.Liveness;

/// <summary>Decides who is online. Pure: no I/O, no wall clock; time is the monotonic one of the injected provider.</summary>
/// <remarks>
/// <para><b>Rules.</b> Anything heard of an agent makes it online and sets its deadline to three heartbeat intervals from now. A link that
/// drops without a goodbye makes it suspect; its deadline stays. At the deadline it is offline. A goodbye makes it offline at once.</para>
/// <para><b>The center's own absence is never counted against an agent.</b> After a start every agent that was not offline is suspect with a
/// whole new deadline. If the sweep itself was late (the process was frozen, the machine overloaded), every deadline moves by as much:
/// nobody could have been heard in that time. Wall clock jumps do not matter here at all.</para>
/// </remarks>
public sealed class LivenessTracker(TimeProvider time, TimeSpan heartbeat)
{
    public const int MissedHeartbeats = 3;

    /// <summary>How often <see cref="Sweep"/> is meant to be called.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>A sweep later than this was a pause of the center's own.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Entry> _agents = [];
    private long _lastSweep = time.GetTimestamp();

    public TimeSpan Patience { get; } = heartbeat * MissedHeartbeats;

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

    /// <summary>An agent from the store, at start.</summary>
    public AgentStatus Restore(Guid agent, AgentStatus stored)
    {
        var status = stored == AgentStatus.Offline ? AgentStatus.Offline : AgentStatus.Suspect;
        lock (_gate)
        {
            _agents[agent] = new Entry { Status = status, HeardAt = time.GetTimestamp() };
        }

        return status;
    }

    public AgentStatus? Connected(Guid agent, string connection) => Change(agent, entry =>
    {
        entry.Connections.Add(connection);
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

    public bool IsConnected(Guid agent)
    {
        lock (_gate)
        {
            return _agents.TryGetValue(agent, out var entry) && entry.Connections.Count > 0;
        }
    }

    /// <summary>The agents whose patience has run out since the last sweep; they are offline now.</summary>
    public IReadOnlyList<Guid> Sweep()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            ForgiveOwnPause(now);
            var gone = new List<Guid>();
            foreach (var (id, entry) in _agents)
            {
                if (entry.Status != AgentStatus.Offline && time.GetElapsedTime(entry.HeardAt, now) >= Patience)
                {
                    entry.Status = AgentStatus.Offline;
                    gone.Add(id);
                }
            }

            return gone;
        }
    }

    private void ForgiveOwnPause(long now)
    {
        var late = time.GetElapsedTime(_lastSweep, now) - SweepPeriod;
        _lastSweep = now;
        if (late < s_pause)
        {
            return;
        }

        var pause = (long)(late.TotalSeconds * time.TimestampFrequency);
        foreach (var entry in _agents.Values)
        {
            entry.HeardAt = Math.Min(now, entry.HeardAt + pause);
        }
    }

    private void Hear(Entry entry)
    {
        entry.HeardAt = time.GetTimestamp();
        entry.Status = AgentStatus.Online;
    }

    /// <summary>The new status if it changed, else null.</summary>
    private AgentStatus? Change(Guid agent, Action<Entry> change)
    {
        lock (_gate)
        {
            if (!_agents.TryGetValue(agent, out var entry))
            {
                _agents[agent] = entry = new Entry { HeardAt = time.GetTimestamp() };
            }

            var before = entry.Status;
            change(entry);
            return entry.Status == before ? null : entry.Status;
        }
    }

    private sealed class Entry
    {
        public AgentStatus Status { get; set; } = AgentStatus.Offline;

        /// <summary>A monotonic time stamp.</summary>
        public long HeardAt { get; set; }

        public HashSet<string> Connections { get; } = [];
    }
}
