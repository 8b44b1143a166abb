using System.Collections.Concurrent;
using Nerve.Server.Metrics;
using Nerve.Server.Nodes;

namespace Nerve.Server.Agents;

/// <summary>The fleet as it is now, in memory, so that lists and live views read no history. The store is the truth; this follows it.</summary>
public sealed class AgentDirectory
{
    private readonly ConcurrentDictionary<Guid, Entry> _agents = new();
    private long _edits;

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

    /// <summary>How often this node has edited an agent. Taken before the store is read, it tells <see cref="Refresh"/> who was edited since.</summary>
    public long Edits => Interlocked.Read(ref _edits);

    /// <summary>The agent as this node has just stored it. Status and last sign of life stay as they are known here unless it is new.</summary>
    public void Put(Agent agent)
    {
        var edit = Interlocked.Increment(ref _edits);
        _agents.AddOrUpdate(agent.Id, _ => new Entry(agent, null, edit), (_, known) => known.As(agent) with { LastEdit = edit });
        Changed?.Invoke(agent.Id);
        Edited?.Invoke(agent.Id);
    }

    /// <summary>As <see cref="Put"/>, for what was only read; not if this node has edited the agent since, for then what was read may be old.</summary>
    /// <param name="agent">As it was read.</param>
    /// <param name="edits"><see cref="Edits"/> before it was read.</param>
    /// <returns>False: it is as this node edited it.</returns>
    public bool Refresh(Agent agent, long edits)
    {
        var entry = _agents.AddOrUpdate(agent.Id, _ => new Entry(agent, null, 0), (_, known) => known.LastEdit > edits ? known : known.As(agent));
        if (entry.LastEdit > edits)
        {
            return false;
        }

        Changed?.Invoke(agent.Id);
        return true;
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

    private sealed record Entry(Agent Agent, LatestValues? Latest, long LastEdit)
    {
        private static readonly IReadOnlyDictionary<string, double?> s_none = new Dictionary<string, double?>();

        private AgentSummary? _summary;

        // What was made of the other is no summary of this one.
        private Entry(Entry other) => (Agent, Latest, LastEdit) = (other.Agent, other.Latest, other.LastEdit);

        public Entry As(Agent stored) => this with
        {
            Agent = stored with
            {
                Status = Agent.Status,
                StatusSince = Agent.StatusSince,
                LastSeenAt = Later(Agent.LastSeenAt, stored.LastSeenAt),
            },
        };

        /// <summary>Made when it is asked for, and kept: a list asks for those of the whole fleet.</summary>
        public AgentSummary Summary() => _summary ??= AgentSummary.Of(Agent, Latest?.Pick(AgentSummary.ListedSeries) ?? s_none);
    }
}
