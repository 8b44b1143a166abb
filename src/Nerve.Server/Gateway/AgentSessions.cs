using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;

namespace Nerve.Server.Gateway;

/// <summary>The agent links that end at this node.</summary>
public sealed class AgentSessions
{
    private readonly ConcurrentDictionary<string, (Guid Agent, HubCallerContext Connection)> _open = new(StringComparer.Ordinal);

    public int Count => _open.Count;

    internal void Add(Guid agent, HubCallerContext connection) => _open[connection.ConnectionId] = (agent, connection);

    internal void Remove(string connectionId) => _open.TryRemove(connectionId, out _);

    /// <summary>Whether this agent said hello here and its link is open.</summary>
    public bool IsOpen(Guid agent) => _open.Values.Any(session => session.Agent == agent);

    /// <summary>The agents that said hello here.</summary>
    public IReadOnlySet<Guid> Agents() => _open.Values.Select(session => session.Agent).ToHashSet();

    /// <summary>Cuts an agent's links, for example because it was removed.</summary>
    public void Abort(Guid agent)
    {
        foreach (var (_, connection) in _open.Values.Where(session => session.Agent == agent))
        {
            connection.Abort();
        }
    }
}
