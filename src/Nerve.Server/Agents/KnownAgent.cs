using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;

namespace Nerve.Server.Agents;

/// <summary>What is known here of one agent now.</summary>
/// <remarks>It changes in place. New objects with each heartbeat would have grown old by the next one: of a large fleet that is garbage by the hundred
/// megabytes, and of the kind that is collected last.</remarks>
internal sealed class KnownAgent(Agent stored, long edit)
{
    private const double Nothing = double.NaN; // a value is finite, or there is none

    private readonly Lock _gate = new();
    private Agent _agent = stored;
    private long _lastEdit = edit;
    private DateTimeOffset? _lastSeenAt = stored.LastSeenAt;
    private TimeSpan? _clockAhead;
    private DateTimeOffset _sampledAt;
    private MetricSchema? _schema;
    private double[] _values = [];
    private IReadOnlyDictionary<string, string>? _labels;

    public Agent Agent
    {
        get
        {
            lock (_gate)
            {
                return Current();
            }
        }
    }

    public LatestValues? Latest
    {
        get
        {
            lock (_gate)
            {
                return _schema is null ? null : new LatestValues(_sampledAt, _schema, [.. _values.Select(ValueOf)]);
            }
        }
    }

    /// <summary>How far the host's clock is ahead, where its samples wait for that.</summary>
    public TimeSpan? ClockAhead
    {
        get
        {
            lock (_gate)
            {
                return _clockAhead;
            }
        }
    }

    public AgentStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _agent.Status;
            }
        }
    }

    /// <summary>Made anew each time: one that is kept until the next heartbeat has grown old by then.</summary>
    public AgentSummary Summary()
    {
        lock (_gate)
        {
            _labels ??= _agent.Labels;
            return AgentSummary.Of(_agent, _lastSeenAt, _labels, Listed(), _clockAhead);
        }
    }

    /// <summary>With what was given to it here, which lists leave out.</summary>
    public AgentSummary SummaryWithAssigned()
    {
        lock (_gate)
        {
            return Summary() with
            {
                AssignedLabels = _agent.AssignedLabels.Count == 0 ? null : new SortedDictionary<string, string>(_agent.AssignedLabels.ToDictionary(), StringComparer.Ordinal),
                AssignedCluster = _agent.AssignedCluster,
            };
        }
    }

    /// <summary>The agent as it is stored. Status and last sign of life stay as they are known here.</summary>
    /// <param name="stored">As it is stored.</param>
    /// <param name="edit">Of this node, when it was the one that stored it.</param>
    public void Edit(Agent stored, long edit)
    {
        lock (_gate)
        {
            _lastEdit = edit;
            Take(stored);
        }
    }

    /// <summary>As <see cref="Edit"/>, of what was read when this node had made so many edits.</summary>
    /// <returns>False: it was edited here since, and stays.</returns>
    public bool Refresh(Agent read, long edits)
    {
        lock (_gate)
        {
            if (_lastEdit > edits)
            {
                return false;
            }

            Take(read);
            return true;
        }
    }

    /// <summary>An agent that came online was heard at that moment, before its first heartbeat.</summary>
    public void SetStatus(AgentStatus status, DateTimeOffset since)
    {
        lock (_gate)
        {
            _agent = _agent with { Status = status, StatusSince = since };
            _lastSeenAt = Later(_lastSeenAt, status == AgentStatus.Online ? since : null);
        }
    }

    public void SetSeen(DateTimeOffset? at, LatestValues? latest, TimeSpan? clockAhead)
    {
        lock (_gate)
        {
            _lastSeenAt = Later(_lastSeenAt, at);
            _clockAhead = clockAhead;
            if (latest is not null)
            {
                Keep(latest);
            }
        }
    }

    /// <summary>Whether anything that was measured is known of it.</summary>
    public bool IsMeasured
    {
        get
        {
            lock (_gate)
            {
                return _schema is not null;
            }
        }
    }

    /// <summary>What was measured before this node started, unless something newer is known already.</summary>
    public void Recall(LatestValues latest)
    {
        lock (_gate)
        {
            if (_schema is null)
            {
                Keep(latest);
            }
        }
    }

    public void Adopt(AgentState state, LatestValues? latest)
    {
        lock (_gate)
        {
            SetStatus(state.Status, state.StatusSince);
            SetSeen(state.LastSeenAt, latest, state.ClockAhead);
        }
    }

    private void Take(Agent stored)
    {
        _lastSeenAt = Later(_lastSeenAt, stored.LastSeenAt);
        _agent = stored with { Status = _agent.Status, StatusSince = _agent.StatusSince };
        _labels = null;
    }

    private void Keep(LatestValues latest)
    {
        (_sampledAt, _schema) = (latest.At, latest.Schema);
        if (_values.Length != latest.Values.Count)
        {
            _values = new double[latest.Values.Count];
        }

        for (var i = 0; i < _values.Length; i++)
        {
            _values[i] = latest.Values[i] ?? Nothing;
        }
    }

    private Agent Current() => _agent.LastSeenAt == _lastSeenAt ? _agent : _agent = _agent with { LastSeenAt = _lastSeenAt };

    /// <summary>The newest values of those series that lists show.</summary>
    private Dictionary<string, double?> Listed()
    {
        var listed = new Dictionary<string, double?>(AgentSummary.ListedSeries.Count);
        for (var i = 0; i < _values.Length && listed.Count < AgentSummary.ListedSeries.Count; i++)
        {
            if (AgentSummary.ListedSeries.Contains(_schema!.Series[i]))
            {
                listed[_schema.Series[i]] = ValueOf(_values[i]);
            }
        }

        return listed;
    }

    private static double? ValueOf(double kept) => double.IsNaN(kept) ? null : kept;

    private static DateTimeOffset? Later(DateTimeOffset? left, DateTimeOffset? right) => left is null || right > left ? right : left;
}
