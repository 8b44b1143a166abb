using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Live: the process answers. Ready: it can also reach its store; <c>Degraded</c>, and still 200, when the store can only be read, or when
/// the center works alone because what the nodes share is out of reach: the page is needed then. What is wrong follows line by line.</summary>
internal static class Health
{
    public static void AddNerveHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<StoreCheck>("store")
        .AddCheck<NodesCheck>("nodes");

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
        routes.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        var problems = report.Entries.Where(entry => entry.Value.Description is not null).Select(entry => $"{entry.Key}: {entry.Value.Description}");
        return context.Response.WriteAsync(string.Join('\n', [report.Status.ToString(), .. problems]));
    }

    private sealed class NodesCheck(INodeRegistry nodes) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            nodes.Problems is { Count: > 0 } problems ? HealthCheckResult.Degraded(string.Join(' ', problems)) : HealthCheckResult.Healthy());
    }

    private sealed class StoreCheck(StoreWatch watch, StoreHealth health) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await watch.LookAsync(cancellationToken);
            return health.Fault switch
            {
                null => HealthCheckResult.Healthy(),
                StoreFault.Away => HealthCheckResult.Unhealthy(StoreFaultWords.Reason(StoreFault.Away)),
                { } fault => HealthCheckResult.Degraded(StoreFaultWords.Reason(fault)),
            };
        }
    }
}
