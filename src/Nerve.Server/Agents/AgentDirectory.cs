using System.Collections.Concurrent;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;

namespace Nerve.Server.Agents;

/// <summary>The fleet as it is now, in memory, so that lists and live views read no history. The store is the truth; this follows it.</summary>
public sealed class AgentDirectory
{
    private readonly ConcurrentDictionary<Guid, KnownAgent> _agents = new();
    private long _edits;

    /// <summary>Somebody's line in the table changed.</summary>
    public event Action<Guid>? Changed;

    /// <summary>Somebody is in the table who was not, enrolled here or elsewhere.</summary>
    public event Action<Guid>? Added;

    public event Action<Guid>? Removed;

    /// <summary>This node found out something about an agent that the store does not hold.</summary>
    public event Action<Guid>? FoundOut;

    /// <summary>This node changed an agent in the store.</summary>
    public event Action<Guid>? Edited;

    public int Count => _agents.Count;

    public IReadOnlyCollection<Guid> Ids => [.. _agents.Keys];

    public bool Has(Guid id) => _agents.ContainsKey(id);

    public AgentSummary? Find(Guid id) => _agents.TryGetValue(id, out var agent) ? agent.Summary() : null;

    /// <summary>As <see cref="Find"/>, with the labels and the cluster that were given to it here.</summary>
    public AgentSummary? FindWithAssigned(Guid id) => _agents.TryGetValue(id, out var agent) ? agent.SummaryWithAssigned() : null;

    /// <summary>As <see cref="Find"/>, without making a line of the table of it.</summary>
    public Agent? FindWhole(Guid id) => _agents.TryGetValue(id, out var agent) ? agent.Agent : null;

    public LatestValues? Latest(Guid id) => _agents.TryGetValue(id, out var agent) ? agent.Latest : null;

    public TimeSpan? ClockAhead(Guid id) => _agents.TryGetValue(id, out var agent) ? agent.ClockAhead : null;

    public IEnumerable<AgentSummary> All() => Known().Select(agent => agent.Summary());

    /// <summary>Those in any of these states, without making lines of the table of the others.</summary>
    public IEnumerable<AgentSummary> All(IReadOnlySet<AgentStatus> statuses) =>
        Known().Where(agent => statuses.Contains(agent.Status)).Select(agent => agent.Summary());

    public IReadOnlyDictionary<AgentStatus, int> CountByStatus() => Known().CountBy(agent => agent.Status).ToDictionary();

    /// <summary>How often this node has edited an agent. Taken before the store is read, it tells <see cref="Refresh"/> who was edited since.</summary>
    public long Edits => Interlocked.Read(ref _edits);

    /// <summary>The agent as this node has just stored it. Status and last sign of life stay as they are known here unless it is new.</summary>
    public void Put(Agent agent)
    {
        var edit = Interlocked.Increment(ref _edits);
        Known(agent, edit).Edit(agent, edit);
        Changed?.Invoke(agent.Id);
        Edited?.Invoke(agent.Id);
    }

    /// <summary>As <see cref="Put"/>, for what was only read; not if this node has edited the agent since, for then what was read may be old.</summary>
    /// <param name="agent">As it was read.</param>
    /// <param name="edits"><see cref="Edits"/> before it was read.</param>
    /// <returns>False: it is as this node edited it.</returns>
    public bool Refresh(Agent agent, long edits)
    {
        if (!Known(agent, 0).Refresh(agent, edits))
        {
            return false;
        }

        Changed?.Invoke(agent.Id);
        return true;
    }

    public void SetStatus(StatusChange change)
    {
        if (_agents.TryGetValue(change.AgentId, out var agent))
        {
            agent.SetStatus(change.Status, change.At);
            Changed?.Invoke(change.AgentId);
        }

        Announce(change.AgentId);
    }

    /// <param name="id">Who gave a sign of life.</param>
    /// <param name="at">When, by this center's clock.</param>
    /// <param name="latest">Its newest values, if it sent any.</param>
    /// <param name="clockAhead">How far its clock is ahead, if that is too far.</param>
    public void SetSeen(Guid id, DateTimeOffset at, LatestValues? latest, TimeSpan? clockAhead = null)
    {
        if (_agents.TryGetValue(id, out var agent))
        {
            agent.SetSeen(at, latest, clockAhead);
            Changed?.Invoke(id);
        }

        Announce(id);
    }

    /// <summary>The store holds a later sign of life, which another node noted there.</summary>
    public void SetSeenElsewhere(Guid id, DateTimeOffset at)
    {
        if (_agents.TryGetValue(id, out var agent))
        {
            agent.SetSeen(at, null, agent.ClockAhead);
            Changed?.Invoke(id);
        }
    }

    public bool IsMeasured(Guid id) => _agents.TryGetValue(id, out var agent) && agent.IsMeasured;

    /// <summary>What was measured before this node started. It is no sign of life, and nothing if something newer is known.</summary>
    public void Recall(Guid id, LatestValues latest)
    {
        if (_agents.TryGetValue(id, out var agent))
        {
            agent.Recall(latest);
            Changed?.Invoke(id);
        }
    }

    /// <summary>What another node found out.</summary>
    public void Adopt(AgentState state, LatestValues? latest)
    {
        if (_agents.TryGetValue(state.AgentId, out var agent))
        {
            agent.Adopt(state, latest);
            Changed?.Invoke(state.AgentId);
        }
    }

    /// <summary>Lets the other nodes know what is known here of an agent.</summary>
    public void Announce(Guid id) => FoundOut?.Invoke(id);

    public void Remove(Guid id)
    {
        if (_agents.TryRemove(id, out _))
        {
            Removed?.Invoke(id);
        }
    }

    private IEnumerable<KnownAgent> Known() => _agents.Select(agent => agent.Value);

    private KnownAgent Known(Agent agent, long edit)
    {
        if (_agents.TryGetValue(agent.Id, out var known))
        {
            return known;
        }

        var made = new KnownAgent(agent, edit);
        known = _agents.GetOrAdd(agent.Id, made);
        if (known == made)
        {
            Added?.Invoke(agent.Id);
        }

        return known;
    }
}
