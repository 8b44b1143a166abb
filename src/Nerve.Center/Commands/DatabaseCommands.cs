using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Audit;
using Nerve.Server.Inventories;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;

namespace Nerve.Center.Commands;

internal static class DatabaseCommands
{
    public static Command Create() => new("db", "Look after the database.")
    {
        Migrate(), Check(), Prune(), PortableCommands.Backup(), PortableCommands.Restore(), PortableCommands.Copy(),
    };

    private static Command Migrate()
    {
        var command = new Command("migrate", "Bring the database up to this program's schema.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            services =>
            {
                Console.WriteLine($"{services.GetRequiredService<IStorage>().Name} is up to date.");
                return Task.FromResult(0);
            },
            cancellationToken,
            Expiry.AsSet));
        return command;
    }

    private static Command Prune()
    {
        var command = new Command("prune", "Remove now what is older than it is to be kept.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                foreach (var kind in Prunable.All(
                    services.GetRequiredService<IMetricStore>(), services.GetRequiredService<IRollUpStore>(),
                    services.GetRequiredService<IInventoryStore>(), services.GetRequiredService<ITaskStore>(),
                    services.GetRequiredService<IAuditStore>(), services.GetRequiredService<RetentionSettings>(), TimeProvider.System))
                {
                    Console.WriteLine($"{kind.Name}: {await PruneAsync(kind, cancellationToken)} removed");
                }

                return 0;
            },
            cancellationToken,
            Expiry.AsSet));
        return command;
    }

    private static async Task<long> PruneAsync(Prunable kind, CancellationToken cancellationToken)
    {
        var removed = 0L;
        while (await kind.StepAsync(TimeProvider.System.GetUtcNow() - kind.Life, cancellationToken) is var step and > 0)
        {
            removed += step;
        }

        return removed;
    }

    private static Command Check()
    {
        var command = new Command("check", "Look for damage in the database.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.LookAsync(
            parsed,
            async services =>
            {
                var storage = services.GetRequiredService<IStorage>();
                var damage = await storage.CheckAsync(cancellationToken);
                if (await PartlyFilled.ReasonAsync(storage, cancellationToken) is { } reason)
                {
                    damage = [reason, .. damage];
                }

                Console.WriteLine(damage.Count == 0 ? "No damage found." : string.Join('\n', damage));
                return damage.Count == 0 ? 0 : StartException.Failed;
            },
            cancellationToken));
        return command;
    }
}
