using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Gateway;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Prometheus;

namespace Nerve.Server.Operations;

/// <summary>The center's own numbers, as Prometheus reads them.</summary>
internal static class SelfMetrics
{
    public static void MapSelfMetrics(this IEndpointRouteBuilder routes)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        var agents = metrics.CreateGauge("nerve_agents", "Enrolled agents by status.", "status");
        var links = metrics.CreateGauge("nerve_agent_links", "Agent links that end here.");
        var sweep = metrics.CreateGauge("nerve_liveness_sweep_age_seconds", "Seconds since the last look for silent agents.");
        var depth = metrics.CreateGauge("nerve_heartbeats_waiting", "Heartbeats that wait for the store.");
        var written = metrics.CreateCounter("nerve_heartbeats_written_total", "Heartbeats stored.");
        var failed = metrics.CreateCounter("nerve_heartbeats_failed_total", "Heartbeats that the store did not take.");
        var heldUp = metrics.CreateCounter("nerve_heartbeats_held_up_total", "Heartbeats that found the buffer full and had to wait for room.");
        var rejected = metrics.CreateCounter("nerve_samples_rejected_total", "Malformed samples left out.");
        var services = routes.ServiceProvider;
        registry.AddBeforeCollectCallback(() =>
        {
            var counts = SystemEndpoints.Count(services.GetRequiredService<AgentDirectory>());
            agents.WithLabels("online").Set(counts.Online);
            agents.WithLabels("suspect").Set(counts.Suspect);
            agents.WithLabels("offline").Set(counts.Offline);
            links.Set(services.GetRequiredService<AgentSessions>().Count);
            sweep.Set(services.GetRequiredService<LivenessTracker>().SinceSweep.TotalSeconds);
            var pipeline = services.GetRequiredService<HeartbeatPipeline>();
            depth.Set(pipeline.Depth);
            written.IncTo(pipeline.Written);
            failed.IncTo(pipeline.Failed);
            heldUp.IncTo(pipeline.HeldUp);
            rejected.IncTo(services.GetRequiredService<HeartbeatService>().Rejected);
        });
        routes.MapMetrics("/metrics", registry).RequireAuthorization(Policies.Viewer);
    }
}
