using System.Collections.Concurrent;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;

namespace Nerve.Server.Agents;

/// <summary>The fleet as it is now, in memory, so that lists and live views read no history. The store is the truth; this follows it.</summary>
public sealed class AgentDirectory
{
    private readonly ConcurrentDictionary<Guid, Entry> _agents = new();

    /// <summary>Somebody's line in the table changed.</summary>
    public event Action<Guid>? Changed;

    public event Action<Guid>? Removed;

    /// <summary>This node found out something about an agent that the store does not hold.</summary>
    public event Action<Guid>? FoundOut;

    /// <summary>This node changed an agent in the store.</summary>
    public event Action<Guid>? Edited;

    public int Count => _agents.Count;

    public bool Has(Guid id) => _agents.ContainsKey(id);

    public AgentSummary? Find(Guid id) => _agents.TryGetValue(id, out var entry) ? entry.Summary() : null;

    /// <summary>As <see cref="Find"/>, without making a line of the table of it.</summary>
    public Agent? FindWhole(Guid id) => _agents.TryGetValue(id, out var entry) ? entry.Agent : null;

    public LatestValues? Latest(Guid id) => _agents.TryGetValue(id, out var entry) ? entry.Latest : null;

    public IEnumerable<AgentSummary> All() => _agents.Values.Select(entry => entry.Summary());

    /// <summary>The agent as this node has just stored it. Status and last sign of life stay as they are known here unless it is new.</summary>
    public void Put(Agent agent)
    {
        Refresh(agent);
        Edited?.Invoke(agent.Id);
    }

    /// <summary>As <see cref="Put"/>, for what was only read.</summary>
    public void Refresh(Agent agent)
    {
        _agents.AddOrUpdate(agent.Id, _ => new Entry(agent, null), (_, known) => known with
        {
            Agent = agent with
            {
                Status = known.Agent.Status,
                StatusSince = known.Agent.StatusSince,
                LastSeenAt = Later(known.Agent.LastSeenAt, agent.LastSeenAt),
            },
        });
        Changed?.Invoke(agent.Id);
    }

    /// <summary>An agent that came online was heard at that moment, before its first heartbeat.</summary>
    public void SetStatus(StatusChange change)
    {
        Update(change.AgentId, entry => entry with
        {
            Agent = entry.Agent with
            {
                Status = change.Status,
                StatusSince = change.At,
                LastSeenAt = change.Status == AgentStatus.Online ? Later(entry.Agent.LastSeenAt, change.At) : entry.Agent.LastSeenAt,
            },
        });
        Announce(change.AgentId);
    }

    public void SetSeen(Guid id, DateTimeOffset at, LatestValues? latest)
    {
        Update(id, entry => entry with
        {
            Agent = entry.Agent with { LastSeenAt = Later(entry.Agent.LastSeenAt, at) },
            Latest = latest ?? entry.Latest,
        });
        Announce(id);
    }

    /// <summary>What another node found out.</summary>
    public void Adopt(AgentState state, LatestValues? latest) => Update(state.AgentId, entry => entry with
    {
        Agent = entry.Agent with
        {
            Status = state.Status,
            StatusSince = state.StatusSince,
            LastSeenAt = Later(entry.Agent.LastSeenAt, state.LastSeenAt),
        },
        Latest = latest ?? entry.Latest,
    });

    /// <summary>Lets the other nodes know what is known here of an agent.</summary>
    public void Announce(Guid id) => FoundOut?.Invoke(id);

    public void Remove(Guid id)
    {
        if (_agents.TryRemove(id, out _))
        {
            Removed?.Invoke(id);
        }
    }

    private void Update(Guid id, Func<Entry, Entry> change)
    {
        while (_agents.TryGetValue(id, out var entry))
        {
            if (_agents.TryUpdate(id, change(entry), entry))
            {
                Changed?.Invoke(id);
                return;
            }
        }
    }

    private static DateTimeOffset? Later(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null || right > left ? right : left;

    private sealed record Entry(Agent Agent, LatestValues? Latest)
    {
        private static readonly IReadOnlyDictionary<string, double?> s_none = new Dictionary<string, double?>();

        public AgentSummary Summary() => AgentSummary.Of(Agent, Latest?.Pick(AgentSummary.ListedSeries) ?? s_none);
    }
}
