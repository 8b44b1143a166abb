namespace Nerve.Server.Agents.Liveness;

/// <summary>Asks the tracker every second whose patience has run out.</summary>
internal sealed class LivenessSweeper(PresenceService presence, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LivenessTracker.SweepPeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await presence.SweepAsync(stoppingToken);
        }
    }
}
