using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Identity;
using Nerve.Server.Shared;

namespace Nerve.Center.Commands;

internal static class EnrolTokenCommands
{
    public static Command Create() => new("enroll-token", "Manage the tokens that let machines enrol.") { New(), List(), Revoke() };

    private static Command New()
    {
        var ttl = TokenCommands.TtlOption();
        var name = new Option<string>("--name") { Description = "What it is for.", DefaultValueFactory = _ => "", HelpName = "NAME" };
        var uses = new Option<int?>("--max-uses") { Description = "How many machines may use it; any number when left out.", HelpName = "N" };
        var command = new Command("create", "Create an enrolment token; it is printed once, alone on standard output.") { ttl, name, uses }
            .WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var label = parsed.GetRequiredValue(name);
                var (_, secret) = await Recorded.RunAsync(
                    services, "enrolToken.create", label, null,
                    () => services.GetRequiredService<TokenService>().CreateEnrolTokenAsync(
                        label, TokenCommands.Lifetime(parsed.GetValue(ttl)), parsed.GetValue(uses), cancellationToken),
                    cancellationToken);
                Console.WriteLine(secret);
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the enrolment tokens, without their secrets.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.LookAsync(
            parsed,
            async services =>
            {
                var (tokens, _) = await services.GetRequiredService<ITokenStore>().ListEnrolTokensAsync(null, int.MaxValue, cancellationToken);
                foreach (var token in tokens)
                {
                    var state = token.RevokedAt is not null ? "revoked" : token.ExpiresAt is { } end ? $"until {end:yyyy-MM-dd HH:mm} UTC" : "for ever";
                    Console.WriteLine($"{token.Id}\t{token.Name}\t{state}\tused {token.Uses}{(token.MaxUses is { } max ? $" of {max}" : "")}");
                }

                return 0;
            },
            cancellationToken));
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<Guid>("ID") { Description = "As shown by 'list'." };
        var command = new Command("revoke", "Revoke an enrolment token; enrolled agents stay.") { id }.WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.RunAsync(
            parsed,
            async services =>
            {
                var now = services.GetRequiredService<TimeProvider>().UtcMilliseconds();
                var token = parsed.GetRequiredValue(id);
                return await Recorded.RunAsync(
                    services, "enrolToken.revoke", $"{token}", null,
                    () => services.GetRequiredService<ITokenStore>().RevokeEnrolTokenAsync(token, now, cancellationToken), cancellationToken)
                    ? 0
                    : throw new StartException("There is no such enrolment token: see 'enroll-token list'.", StartException.Failed);
            },
            cancellationToken));
        return command;
    }
}
