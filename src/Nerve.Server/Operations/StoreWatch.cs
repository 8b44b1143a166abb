using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Asks the store something small every few seconds, so that an outage is known before somebody needs the store.</summary>
internal sealed class StoreWatch(IUserStore users, StoreHealth health, TimeProvider time, ILogger<StoreWatch> logger)
    : PeriodicService(TimeSpan.FromSeconds(5), "Whether the store answers could not be found out", time, logger)
{
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

    protected override Task WorkAsync(CancellationToken stoppingToken) => LookAsync(stoppingToken);
}
