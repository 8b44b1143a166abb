namespace Nerve.Server.Live;

/// <summary>Which topics browsers watch at this node. For the others nothing needs to be made ready, which with thousands of agents is most of the feed.</summary>
public sealed class LiveTopics
{
    /// <summary>More than any page shows, and few enough for a link to cost little.</summary>
    internal const int MostOfOneLink = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _watchers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _links = new(StringComparer.Ordinal);

    public bool IsWatched(string topic)
    {
        lock (_gate)
        {
            return _watchers.ContainsKey(topic);
        }
    }

    /// <returns>False: this link watches as many as it may.</returns>
    internal bool TryAdd(string topic, string link)
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
                _watchers[topic] = _watchers.GetValueOrDefault(topic) + 1;
            }

            return true;
        }
    }

    internal void Remove(string topic, string link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(link, out var topics) && topics.Remove(topic))
            {
                Release(topic);
            }
        }
    }

    /// <summary>The link is gone.</summary>
    internal void RemoveAll(string link)
    {
        lock (_gate)
        {
            if (_links.Remove(link, out var topics))
            {
                foreach (var topic in topics)
                {
                    Release(topic);
                }
            }
        }
    }

    private void Release(string topic)
    {
        if (--_watchers[topic] == 0)
        {
            _watchers.Remove(topic);
        }
    }
}
