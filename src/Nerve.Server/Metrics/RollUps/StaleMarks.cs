using System.Collections.Concurrent;
using Nerve.Server.Ingestion;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>Says which hours a heartbeat makes stale. An hour that is not over was marked with its first sample and needs no second mark, for
/// nobody takes it off before <see cref="RollUpJob.Rest"/> after its end; samples of hours that are over mark theirs each time.</summary>
internal sealed class StaleMarks
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _marked = new();

    public HeartbeatWrite Mark(HeartbeatWrite heartbeat, DateTimeOffset now)
    {
        List<StaleHour> stale = [];
        foreach (var sample in heartbeat.Samples)
        {
            var hour = Hours.Of(sample.At);
            if (!IsMarked(heartbeat.AgentId, hour, now) && !stale.Exists(other => other.Hour == hour))
            {
                stale.Add(new StaleHour(heartbeat.AgentId, hour, now));
            }
        }

        return stale.Count == 0 ? heartbeat : heartbeat with { StaleHours = stale };
    }

    /// <summary>Stored with its marks.</summary>
    public void Stored(HeartbeatWrite heartbeat)
    {
        foreach (var (agentId, hour, markedAt) in heartbeat.StaleHours)
        {
            if (!IsOver(hour, markedAt))
            {
                _marked[agentId] = hour;
            }
        }
    }

    /// <summary>The agent does not exist, or no more.</summary>
    public void Forget(Guid agentId) => _marked.TryRemove(agentId, out _);

    private bool IsMarked(Guid agentId, DateTimeOffset hour, DateTimeOffset now) =>
        !IsOver(hour, now) && _marked.TryGetValue(agentId, out var marked) && marked == hour;

    private static bool IsOver(DateTimeOffset hour, DateTimeOffset now) => hour + Hours.One <= now;
}
