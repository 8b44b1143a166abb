using Microsoft.AspNetCore.Mvc;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Metrics;

/// <param name="At">When the values were read; null if there are none yet.</param>
/// <param name="Values">By series; null where there was no value.</param>
public sealed record MetricValues(DateTimeOffset? At, IReadOnlyDictionary<string, double?> Values);

internal static class MetricEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/agents/{id:guid}/metrics").WithTags("Metrics").RequireAuthorization(Policies.Viewer);
        group.MapGet("/", QueryAsync).WithSummary("Series over time, from samples or roll-ups as the step needs");
        group.MapGet("/latest", Latest).WithSummary("The newest values");
    }

    private static Task<SeriesRange> QueryAsync(
        Guid id, DateTimeOffset? from, DateTimeOffset? to, string? step, QueryEnum<ChartValue>? value,
        AgentDirectory fleet, MetricService metrics, TimeProvider time, CancellationToken cancellationToken, [FromQuery] string[]? name = null)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        return metrics.QueryAsync(id, MetricQuery.Parse(name, from, to, step, value?.Value ?? ChartValue.Mean, time.GetUtcNow()), cancellationToken);
    }

    private static MetricValues Latest(Guid id, AgentDirectory fleet)
    {
        _ = fleet.Find(id) ?? throw AgentEndpoints.Unknown(id);
        return fleet.Latest(id) is { } latest
            ? new MetricValues(latest.At, latest.All())
            : new MetricValues(null, new Dictionary<string, double?>());
    }
}
