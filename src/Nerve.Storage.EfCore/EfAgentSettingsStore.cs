using Microsoft.EntityFrameworkCore;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Shared;

namespace Nerve.Storage.EfCore;

internal sealed class EfAgentSettingsStore(Database database) : IAgentSettingsStore
{
    public Task<FleetSettings?> FindAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.FleetSettings.FirstOrDefaultAsync(cancellationToken));

    public async Task SaveAsync(FleetSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(settings, cancellationToken);
        }
        catch (UniqueConflictException)
        {
            // Somebody else was the first to set anything: now there is a row to change.
            await WriteAsync(settings, cancellationToken);
        }
    }

    private Task WriteAsync(FleetSettings settings, CancellationToken cancellationToken) => database.WriteAsync(
        async context =>
        {
            _ = await context.FleetSettings.AnyAsync(cancellationToken) ? context.Update(settings) : context.Add(settings);
            await context.SaveChangesAsync(cancellationToken);
        },
        cancellationToken);
}
