using Nerve.Server.Identity;

namespace Nerve.Server.Operations;

/// <summary>Asks the store something small every few seconds, so that an outage is known before somebody needs the store.</summary>
internal sealed class StoreWatch(IUserStore users, StoreHealth health, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await users.FindAsync("admin", cancellationToken).WaitAsync(s_patience, cancellationToken);
            health.Read();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (health.Failed(exception) is null)
            {
                health.Silent();
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync(stoppingToken);
        }
    }
}
