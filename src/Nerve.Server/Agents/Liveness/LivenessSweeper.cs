using Nerve.Server.Shared;

namespace Nerve.Server.Agents.Liveness;

/// <summary>Asks the tracker every second whose patience has run out.</summary>
internal sealed class LivenessSweeper(PresenceService presence, TimeProvider time, ILogger<LivenessSweeper> logger)
    : PeriodicService(LivenessTracker.SweepPeriod, "Who fell silent could not be found out", time, logger)
{
    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        presence.Sweep();
        return Task.CompletedTask;
    }
}
