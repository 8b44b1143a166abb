using Nerve.Server.Agents.Liveness;
using Nerve.Server.Metrics;
using Nerve.Server.Shared;

namespace Nerve.Server.Agents;

/// <summary>At start, before the first request: who there is, and what was last known of them.</summary>
public sealed class FleetLoader(
    IAgentStore agents, IMetricStore metrics, SchemaCatalogue schemas, AgentDirectory directory, LivenessTracker tracker, TimeProvider time)
{
    private const int PageSize = 1000;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Guid? after = null;
        while (true)
        {
            var page = await agents.PageAsync(after, PageSize, cancellationToken);
            foreach (var agent in page)
            {
                await RestoreAsync(agent, cancellationToken);
            }

            if (page.Count < PageSize)
            {
                return;
            }

            after = page[^1].Id;
        }
    }

    private async Task RestoreAsync(Agent agent, CancellationToken cancellationToken)
    {
        var status = tracker.Restore(agent.Id, agent.Status);
        directory.Put(status == agent.Status ? agent : agent with { Status = status, StatusSince = time.UtcMilliseconds() });
        if (await metrics.LatestAsync(agent.Id, cancellationToken) is { } sample
            && await schemas.FindAsync(sample.Schema, cancellationToken) is { } schema)
        {
            directory.SetSeen(agent.Id, agent.LastSeenAt ?? sample.At, new LatestValues(sample.At, schema, sample.Values));
        }
    }
}
