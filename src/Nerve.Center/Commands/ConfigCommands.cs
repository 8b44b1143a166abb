using System.CommandLine;
using Nerve.Configuration;

namespace Nerve.Center.Commands;

internal static class ConfigCommands
{
    public static Command Create() => new("config", "Look at the configuration.") { Check() };

    private static Command Check()
    {
        var command = new Command("check", "Check flags, environment and file; print what would be used and where it comes from.")
            .WithSettings(CenterSettings.Table);
        command.SetAction(parsed =>
        {
            var settings = CenterSettings.Read(parsed);
            foreach (var setting in CenterSettings.Table)
            {
                if (settings.Origin(setting.Key) is { } origin)
                {
                    Console.WriteLine($"{setting.Key}: {(setting.Secret ? "(secret)" : settings.Text(setting.Key))}  # {origin}");
                }
            }

            return 0;
        });
        return command;
    }
}
