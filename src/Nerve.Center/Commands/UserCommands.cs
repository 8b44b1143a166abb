using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Identity;

namespace Nerve.Center.Commands;

/// <summary>Users from the command line. Passwords come from standard input, never from arguments that others can see.</summary>
internal static class UserCommands
{
    public static Command Create() => new("user", "Manage the people who sign in to the page.") { Add(), SetPassword(), List() };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "The user's name." };
        var role = new Option<Role>("--role") { Description = "viewer, operator or admin.", DefaultValueFactory = _ => Role.Viewer, HelpName = "ROLE" };
        var command = new Command("add", "Add a user; the password is read from standard input.") { name, role }.WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var (username, rights) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(role));
                var user = await Recorded.RunAsync(
                    services, "user.create", username, $"role {rights}",
                    () => services.GetRequiredService<UserService>().AddAsync(username, ReadPassword(), rights, cancellationToken), cancellationToken);
                Console.WriteLine($"Added {user.Username} as {user.Role.ToString().ToLowerInvariant()}.");
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static Command SetPassword()
    {
        var name = new Argument<string>("NAME") { Description = "The user's name." };
        var command = new Command("passwd", "Set a user's password, read from standard input; ends the user's sessions.") { name }.WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var username = parsed.GetRequiredValue(name);
                await Recorded.RunAsync(
                    services, "user.change", username, "password",
                    async () =>
                    {
                        await services.GetRequiredService<UserService>().SetPasswordAsync(username, ReadPassword(), cancellationToken);
                        return true;
                    },
                    cancellationToken);
                Console.WriteLine("The password is set.");
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the users.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.LookAsync(
            parsed,
            async services =>
            {
                foreach (var user in await services.GetRequiredService<IUserStore>().ListAsync(cancellationToken))
                {
                    Console.WriteLine($"{user.Username}\t{user.Role.ToString().ToLowerInvariant()}\t{user.CreatedAt:yyyy-MM-dd}");
                }

                return 0;
            },
            cancellationToken));
        return command;
    }

    private static string ReadPassword()
    {
        if (!Console.IsInputRedirected)
        {
            Console.Error.Write("Password: ");
        }

        return (Console.IsInputRedirected ? Console.In.ReadLine() : ReadHidden())
            ?? throw new StartException("No password was given on standard input.");
    }

    private static string ReadHidden()
    {
        var text = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else
            {
                text.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return text.ToString();
    }
}
