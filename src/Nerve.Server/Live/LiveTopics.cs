namespace Nerve.Server.Live;

/// <summary>Which browsers at this node watch which topics. For topics that nobody watches nothing needs to be made ready, which with thousands of
/// agents is most of the feed.</summary>
public sealed class LiveTopics
{
    /// <summary>More than any page shows, and few enough for a link to cost little.</summary>
    internal const int MostOfOneLink = 1000;

    private readonly Lock _gate = new();

    /// <summary>Each array is replaced by another, never changed: who has one can go through it without the lock.</summary>
    private readonly Dictionary<string, LiveLink[]> _watchers = new(StringComparer.Ordinal);
    private readonly Dictionary<LiveLink, HashSet<string>> _links = [];

    /// <summary>How often links watch an agent.</summary>
    private int _agents;

    /// <summary>Whether it is worth asking for the topic of one agent: a fleet's heartbeats are many, and hosts that somebody looks at are few.</summary>
    public bool IsAnyAgentWatched => Volatile.Read(ref _agents) > 0;

    public bool IsWatched(string topic) => WatchersOf(topic).Length > 0;

    internal LiveLink[] WatchersOf(string topic)
    {
        lock (_gate)
        {
            return _watchers.GetValueOrDefault(topic, []);
        }
    }

    /// <returns>False: this link watches as many as it may.</returns>
    internal bool TryAdd(string topic, LiveLink link)
    {
        lock (_gate)
        {
            if (!_links.TryGetValue(link, out var topics))
            {
                _links[link] = topics = new HashSet<string>(StringComparer.Ordinal);
            }

            if (topics.Count >= MostOfOneLink && !topics.Contains(topic))
            {
                return false;
            }

            if (topics.Add(topic))
            {
                _agents += IsOfAgent(topic) ? 1 : 0;
                _watchers[topic] = [.. _watchers.GetValueOrDefault(topic, []), link];
            }

            return true;
        }
    }

    internal void Remove(string topic, LiveLink link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(link, out var topics) && topics.Remove(topic))
            {
                Release(topic, link);
            }
        }
    }

    /// <summary>The link is gone.</summary>
    internal void RemoveAll(LiveLink link)
    {
        lock (_gate)
        {
            if (_links.Remove(link, out var topics))
            {
                foreach (var topic in topics)
                {
                    Release(topic, link);
                }
            }
        }
    }

    private static bool IsOfAgent(string topic) => topic.StartsWith("agent:", StringComparison.Ordinal);

    private void Release(string topic, LiveLink link)
    {
        _agents -= IsOfAgent(topic) ? 1 : 0;
        LiveLink[] left = [.. _watchers[topic].Where(other => other != link)];
        if (left.Length == 0)
        {
            _watchers.Remove(topic);
        }
        else
        {
            _watchers[topic] = left;
        }
    }
}
