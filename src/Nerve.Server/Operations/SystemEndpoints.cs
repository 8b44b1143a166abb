using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>The center about itself.</summary>
public sealed record SystemStatus(
    string Version, DateTimeOffset StartedAt, string Storage, AgentCounts Agents, IngestionStatus Ingestion, IReadOnlyList<SystemProblem> Problems);

public sealed record AgentCounts(int Online, int Suspect, int Offline);

/// <param name="Depth">Heartbeats that wait for the store.</param>
/// <param name="Capacity">How many may wait.</param>
/// <param name="Written">Heartbeats stored since the start.</param>
/// <param name="Rejected">Malformed samples left out since the start.</param>
/// <param name="Failed">Heartbeats that the store did not take; their agents repeat them.</param>
public sealed record IngestionStatus(int Depth, int Capacity, long Written, long Rejected, long Failed);

public sealed record SystemProblem(string Source, string Reason);

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
        NerveServerOptions options, StartTime start, AgentDirectory fleet, HeartbeatPipeline pipeline, HeartbeatService heartbeats) => new(
        options.Version,
        start.At,
        options.StorageName,
        Count(fleet),
        new IngestionStatus(pipeline.Depth, HeartbeatPipeline.Capacity, pipeline.Written, heartbeats.Rejected, pipeline.Failed),
        options.Debug
            ? [new SystemProblem("debug", "Started with --debug: anyone on this machine may read, and the enrolment token 'test' is accepted.")]
            : []);

    public static AgentCounts Count(AgentDirectory fleet)
    {
        var byStatus = fleet.All().CountBy(agent => agent.Status).ToDictionary();
        return new AgentCounts(
            byStatus.GetValueOrDefault(AgentStatus.Online), byStatus.GetValueOrDefault(AgentStatus.Suspect), byStatus.GetValueOrDefault(AgentStatus.Offline));
    }
}
