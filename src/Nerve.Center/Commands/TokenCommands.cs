using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Identity;

namespace Nerve.Center.Commands;

internal static class TokenCommands
{
    public static Command Create() => new("token", "Manage the tokens of programs.") { New() };

    private static Command New()
    {
        var role = new Option<Role>("--role") { Description = "viewer, operator or admin.", Required = true, HelpName = "ROLE" };
        var ttl = TtlOption();
        var name = new Option<string>("--name") { Description = "What it is for.", DefaultValueFactory = _ => "", HelpName = "NAME" };
        var command = new Command("create", "Create a token; it is printed once, alone on standard output.") { role, ttl, name }
            .WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var (label, rights) = (parsed.GetRequiredValue(name), parsed.GetRequiredValue(role));
                var (_, secret) = await Recorded.RunAsync(
                    services, "token.create", label, $"role {rights}",
                    () => services.GetRequiredService<TokenService>().CreateApiTokenAsync(label, rights, Lifetime(parsed.GetValue(ttl)), cancellationToken),
                    cancellationToken);
                Console.WriteLine(secret);
                return 0;
            },
            cancellationToken));
        return command;
    }

    public static Option<string?> TtlOption() =>
        new("--ttl") { Description = "How long it works, such as 30d; for ever when left out.", HelpName = "DURATION" };

    public static TimeSpan? Lifetime(string? text) =>
        text is null ? null
        : Parsing.TryDuration(text, out var value) ? value
        : throw new StartException($"ttl: '{text}' is not a duration; write for example 12h or 30d.");
}
