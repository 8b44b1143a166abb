using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace Nerve.Server.Gateway;

/// <summary>The agent links that end at this node: one for each agent, the one that said hello last.</summary>
/// <remarks>A second link means that the first is dead and nobody has noticed yet, or that two machines share one identity and their
/// hardware says nothing about it. Either way work must go to one of them only.</remarks>
public sealed class AgentSessions
{
    private readonly ConcurrentDictionary<Guid, AgentLink> _open = new();

    public int Count => _open.Count;

    /// <summary>Takes the place of the agent's former link, which is cut.</summary>
    internal void Add(Guid agent, HubCallerContext connection)
    {
        var link = new AgentLink(connection);
        while (!_open.TryAdd(agent, link))
        {
            if (_open.TryGetValue(agent, out var former) && _open.TryUpdate(agent, link, former))
            {
                if (former.Context != connection)
                {
                    former.Context.Abort();
                }

                return;
            }
        }
    }

    internal void Remove(Guid agent, string connectionId)
    {
        if (_open.TryGetValue(agent, out var link) && link.ConnectionId == connectionId)
        {
            _open.TryRemove(KeyValuePair.Create(agent, link));
        }
    }

    /// <summary>Null: it has none that ends here.</summary>
    internal AgentLink? LinkOf(Guid agent) => _open.GetValueOrDefault(agent);

    /// <summary>Whether this agent said hello here and its link is open.</summary>
    public bool IsOpen(Guid agent) => _open.ContainsKey(agent);

    /// <summary>Cuts an agent's link, for example because it was removed.</summary>
    public void Abort(Guid agent)
    {
        LinkOf(agent)?.Context.Abort();
    }
}
