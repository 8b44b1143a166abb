using System.Text.Json.Serialization;
using Nerve.Server.Agents;
using Nerve.Server.Tasks.Rollouts;

namespace Nerve.Server.Tasks;

/// <summary>The body of <c>POST /tasks/preview</c>.</summary>
/// <param name="Target">As in <c>POST /tasks</c>.</param>
/// <param name="Rollout">As in <c>POST /tasks</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PreviewTask(TaskTarget Target, RolloutSpec? Rollout = null);

/// <summary>Where a task would run if it were made now.</summary>
/// <param name="Total">How many hosts; none is no error here, but <c>POST /tasks</c> refuses it.</param>
/// <param name="Away">How many of them are not online: they start it when they are back, until it expires.</param>
/// <param name="Hosts">The first 1000 of them: those that are away, then the others, each by name.</param>
/// <param name="Batches">How many hosts the first 100 batches have.</param>
/// <param name="BatchCount">How many batches there are.</param>
public sealed record TaskPreview(int Total, int Away, IReadOnlyList<PreviewedHost> Hosts, IReadOnlyList<int> Batches, int BatchCount)
{
    private const int MostHosts = 1000;
    private const int MostBatches = 100;

    public static TaskPreview Of(IReadOnlyList<AgentSummary> hosts, RolloutSpec? rollout)
    {
        var ends = (rollout ?? new RolloutSpec()).Ends(hosts.Count);
        var sizes = ends.Zip(ends.Prepend(0), (end, start) => end - start);
        return Of(hosts, [.. sizes.Take(MostBatches)], ends.Count);
    }

    private static TaskPreview Of(IReadOnlyList<AgentSummary> hosts, IReadOnlyList<int> batches, int count) => new(
        hosts.Count,
        hosts.Count(IsAway),
        [.. hosts.OrderByDescending(IsAway).Take(MostHosts).Select(host => new PreviewedHost(host.Id, host.Hostname, host.Status))],
        batches,
        count);

    private static bool IsAway(AgentSummary host) => host.Status != AgentStatus.Online;
}

/// <summary>A host of a <see cref="TaskPreview"/>.</summary>
public sealed record PreviewedHost(Guid Id, string Hostname, AgentStatus Status);
