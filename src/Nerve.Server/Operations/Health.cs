using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nerve.Server.Identity;

namespace Nerve.Server.Operations;

/// <summary>Live: the process answers. Ready: it can also reach its store.</summary>
internal static class Health
{
    public static void AddNerveHealth(this IServiceCollection services) => services.AddHealthChecks().AddCheck<StoreCheck>("store");

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        routes.MapHealthChecks("/health/ready").AllowAnonymous();
        routes.MapHealthChecks("/health").AllowAnonymous();
    }

    private sealed class StoreCheck(IUserStore users) : IHealthCheck
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await users.FindAsync("admin", cancellationToken).WaitAsync(s_patience, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                return HealthCheckResult.Unhealthy("The store does not answer.", exception);
            }
        }
    }
}
