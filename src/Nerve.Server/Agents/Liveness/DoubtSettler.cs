using Nerve.Server.Shared;

namespace Nerve.Server.Agents.Liveness;

/// <summary>Asks the store about the agents of a node that is gone without a word, before they are called offline.</summary>
/// <remarks>That node may only be out of touch with the others: it goes on hearing its agents, and writes that down. Beside the sweep and not in it:
/// while the store is slow, who is silent must be known all the same. While it cannot be read, none of these agents is judged.</remarks>
internal sealed class DoubtSettler(
    LivenessTracker tracker, PresenceService presence, AgentDirectory directory, IAgentStore store, TimeProvider time, ILogger<DoubtSettler> logger)
    : PeriodicService(LivenessTracker.SweepPeriod, "Whether anybody hears the agents of a node that is gone could not be read", time, logger)
{
    private const int MostAtOnce = 1000;

    /// <summary>Their last sign of life as it was known when the doubt began, or when the store last told of a later one: only these are compared, for
    /// nodes' clocks differ, and what is known here may be read anew at any moment.</summary>
    private Dictionary<Guid, DateTimeOffset?> _seen = [];

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        var doubts = tracker.Doubts();
        _seen = doubts.ToDictionary(doubt => doubt.Agent, doubt => SeenBefore(doubt.Agent));
        foreach (var due in doubts.Where(doubt => doubt.IsDue).Select(doubt => doubt.Agent).Chunk(MostAtOnce))
        {
            await SettleAsync(due, stoppingToken);
        }
    }

    private DateTimeOffset? SeenBefore(Guid agent) => _seen.TryGetValue(agent, out var seen) ? seen : directory.FindWhole(agent)?.LastSeenAt;

    private async Task SettleAsync(IReadOnlyCollection<Guid> agents, CancellationToken cancellationToken)
    {
        var stored = (await store.FindManyAsync(agents, cancellationToken)).ToDictionary(agent => agent.Id, agent => agent.LastSeenAt);
        foreach (var agent in agents)
        {
            var seen = stored.GetValueOrDefault(agent);
            var isHeard = seen > (_seen[agent] ?? DateTimeOffset.MinValue);
            if (isHeard)
            {
                _seen[agent] = seen;
                directory.SetSeenElsewhere(agent, seen!.Value);
            }

            presence.Settle(agent, isHeard);
        }
    }
}
