using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Shared;

namespace Nerve.Center.Commands;

internal static class DatabaseCommands
{
    public static Command Create() => new("db", "Look after the database.") { Migrate(), Check() };

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
            cancellationToken));
        return command;
    }

    private static Command Check()
    {
        var command = new Command("check", "Look for damage in the database.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var damage = await services.GetRequiredService<IStorage>().CheckAsync(cancellationToken);
                Console.WriteLine(damage.Count == 0 ? "No damage found." : string.Join('\n', damage));
                return damage.Count == 0 ? 0 : StartException.Failed;
            },
            cancellationToken));
        return command;
    }
}
