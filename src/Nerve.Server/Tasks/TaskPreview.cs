using System.Text.Json.Serialization;
using Nerve.Server.Agents;

namespace Nerve.Server.Tasks;

/// <summary>The body of <c>POST /tasks/preview</c>.</summary>
/// <param name="Target">As in <c>POST /tasks</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PreviewTask(TaskTarget Target);

/// <summary>Where a task would run if it were made now.</summary>
/// <param name="Total">How many hosts; none is no error here, but <c>POST /tasks</c> refuses it.</param>
/// <param name="Away">How many of them are not online: they start it when they are back, until it expires.</param>
/// <param name="Hosts">The first 1000 of them: those that are away, then the others, each by name.</param>
public sealed record TaskPreview(int Total, int Away, IReadOnlyList<PreviewedHost> Hosts)
{
    private const int MostHosts = 1000;

    public static TaskPreview Of(IReadOnlyList<AgentSummary> hosts) => new(
        hosts.Count,
        hosts.Count(IsAway),
        [.. hosts.OrderByDescending(IsAway).Take(MostHosts).Select(host => new PreviewedHost(host.Id, host.Hostname, host.Status))]);

    private static bool IsAway(AgentSummary host) => host.Status != AgentStatus.Online;
}

/// <summary>A host of a <see cref="TaskPreview"/>.</summary>
public sealed record PreviewedHost(Guid Id, string Hostname, AgentStatus Status);
