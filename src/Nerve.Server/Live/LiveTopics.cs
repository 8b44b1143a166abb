namespace Nerve.Server.Live;

/// <summary>Which topics browsers watch at this node. For the others nothing needs to be made ready, which with thousands of agents is most of the feed.</summary>
public sealed class LiveTopics
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<string>> _watchers = new(StringComparer.Ordinal);

    public bool IsWatched(string topic)
    {
        lock (_gate)
        {
            return _watchers.ContainsKey(topic);
        }
    }

    internal void Add(string topic, string connection)
    {
        lock (_gate)
        {
            if (!_watchers.TryGetValue(topic, out var connections))
            {
                _watchers[topic] = connections = new HashSet<string>(StringComparer.Ordinal);
            }

            connections.Add(connection);
        }
    }

    internal void Remove(string topic, string connection)
    {
        lock (_gate)
        {
            if (_watchers.TryGetValue(topic, out var connections) && connections.Remove(connection) && connections.Count == 0)
            {
                _watchers.Remove(topic);
            }
        }
    }

    internal void RemoveAll(string connection)
    {
        lock (_gate)
        {
            foreach (var topic in _watchers.Keys.ToList())
            {
                Remove(topic, connection);
            }
        }
    }
}
