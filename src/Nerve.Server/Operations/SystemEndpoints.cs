using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>The center about itself.</summary>
/// <param name="Version">Of the node that answers.</param>
/// <param name="StartedAt">When that node began to serve.</param>
/// <param name="Storage">The kind of database.</param>
/// <param name="Agents">The whole fleet.</param>
/// <param name="Ingestion">Of the node that answers.</param>
/// <param name="Node">The id of the node that answers.</param>
/// <param name="Nodes">All that are alive; one where there is no Redis.</param>
/// <param name="Problems">What does not work as it should.</param>
public sealed record SystemStatus(
    string Version, DateTimeOffset StartedAt, string Storage, AgentCounts Agents, IngestionStatus Ingestion, string Node, IReadOnlyList<NodeInfo> Nodes,
    IReadOnlyList<SystemProblem> Problems);

public sealed record AgentCounts(int Online, int Suspect, int Offline);

/// <param name="Depth">Heartbeats that wait for the store.</param>
/// <param name="Capacity">How many may wait.</param>
/// <param name="Written">Heartbeats stored since the start.</param>
/// <param name="Rejected">Malformed samples left out since the start.</param>
/// <param name="Failed">Heartbeats that the store did not take; their agents repeat them.</param>
/// <param name="HeldUp">Heartbeats that found the buffer full and had to wait for room.</param>
public sealed record IngestionStatus(int Depth, int Capacity, long Written, long Rejected, long Failed, long HeldUp);

/// <param name="Source">The part that has it: <c>store</c>, <c>nodes</c>, <c>debug</c>.</param>
/// <param name="Reason">What is wrong and what to do, in English.</param>
/// <param name="Code">Which one it is, for who translates: <c>store.full</c>; null where the source tells enough.</param>
public sealed record SystemProblem(string Source, string Reason, string? Code = null);

/// <summary>When this process began to serve.</summary>
public sealed class StartTime(TimeProvider time)
{
    public DateTimeOffset At { get; } = time.UtcMilliseconds();
}

internal static class SystemEndpoints
{
    public static void MapSystem(this IEndpointRouteBuilder api) =>
        api.MapGet("/system", Get).WithTags("System").RequireAuthorization(Policies.Viewer).WithSummary("The center about itself");

    private static SystemStatus Get(
        NerveServerOptions options, StartTime start, AgentDirectory fleet, HeartbeatPipeline pipeline, HeartbeatService heartbeats,
        NodeIdentity self, INodeRegistry nodes, StoreHealth store) => new(
        options.Version,
        start.At,
        options.StorageName,
        Count(fleet),
        new IngestionStatus(pipeline.Depth, HeartbeatPipeline.Capacity, pipeline.Written, heartbeats.Rejected, pipeline.Failed, pipeline.HeldUp),
        self.Id,
        nodes.Nodes,
        [.. Troubled(store), .. Debugging(options), .. nodes.Problems.Select(problem => new SystemProblem("nodes", problem))]);

    private static IEnumerable<SystemProblem> Troubled(StoreHealth store) => store.Fault is { } fault
        ? [new SystemProblem("store", StoreFaultWords.Reason(fault), StoreFaultWords.Code(fault))]
        : [];

    private static IEnumerable<SystemProblem> Debugging(NerveServerOptions options) => options.Debug
        ? [new SystemProblem("debug", "Started with --debug: anyone on this machine may read, and the enrolment token 'test' is accepted.")]
        : [];

    public static AgentCounts Count(AgentDirectory fleet)
    {
        var byStatus = fleet.CountByStatus();
        return new AgentCounts(
            byStatus.GetValueOrDefault(AgentStatus.Online), byStatus.GetValueOrDefault(AgentStatus.Suspect), byStatus.GetValueOrDefault(AgentStatus.Offline));
    }
}
