using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace Nerve.Server.Gateway;

/// <summary>The agent links that end at this node: one for each agent, the one that said hello last.</summary>
/// <remarks>A second link means that the first is dead and nobody has noticed yet, or that two machines share one identity and their
/// hardware says nothing about it. Either way work must go to one of them only.</remarks>
public sealed class AgentSessions
{
    private readonly ConcurrentDictionary<Guid, HubCallerContext> _open = new();

    public int Count => _open.Count;

    /// <summary>Takes the place of the agent's former link, which is cut.</summary>
    internal void Add(Guid agent, HubCallerContext connection)
    {
        while (!_open.TryAdd(agent, connection))
        {
            if (_open.TryGetValue(agent, out var former) && _open.TryUpdate(agent, connection, former))
            {
                if (former != connection)
                {
                    former.Abort();
                }

                return;
            }
        }
    }

    internal void Remove(Guid agent, string connectionId)
    {
        if (_open.TryGetValue(agent, out var connection) && connection.ConnectionId == connectionId)
        {
            _open.TryRemove(KeyValuePair.Create(agent, connection));
        }
    }

    /// <summary>The connection of the agent's link; null: it has none that ends here.</summary>
    internal string? ConnectionOf(Guid agent) => _open.TryGetValue(agent, out var connection) ? connection.ConnectionId : null;

    /// <summary>Whether this agent said hello here and its link is open.</summary>
    public bool IsOpen(Guid agent) => _open.ContainsKey(agent);

    /// <summary>The agents that said hello here.</summary>
    public IReadOnlyCollection<Guid> Agents() => [.. _open.Keys];

    /// <summary>Cuts an agent's link, for example because it was removed.</summary>
    public void Abort(Guid agent)
    {
        if (_open.TryGetValue(agent, out var connection))
        {
            connection.Abort();
        }
    }
}
