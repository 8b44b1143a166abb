using System.CommandLine;
using Nerve.Configuration;
using Nerve.Server.Audit;

namespace Nerve.Center.Commands;

/// <summary>The record of who did what, looked through without a running server.</summary>
internal static class AuditCommands
{
    public static Command Create() => new("audit", "Look after the record of who did what.") { Verify() };

    private static Command Verify()
    {
        var command = new Command("verify", "Follow the chain of hashes: finds an entry that was removed or changed.").WithSettings(CenterSettings.Table);
        command.SetAction((parsed, cancellationToken) => Offline.LookAsync(
            parsed,
            async services =>
            {
                var verdict = await AuditChain.VerifyAsync(services.GetRequiredService<IAuditStore>(), cancellationToken);
                if (verdict.Problem is { } problem)
                {
                    Console.WriteLine($"The audit record is broken. {problem}");
                    return StartException.Failed;
                }

                Console.WriteLine(verdict is { First: { } first, Last: { } last }
                    ? $"The audit record is whole: {verdict.Entries} entries, {first.Number} to {last.Number}, {first.At:yyyy-MM-dd HH:mm:ss} to {last.At:yyyy-MM-dd HH:mm:ss} UTC.\n"
                        + $"Hash of the newest: {last.Hash}. Entries cut off at the end leave a whole record: compare number and hash with those noted elsewhere."
                    : "The audit record is empty.");
                return 0;
            },
            cancellationToken));
        return command;
    }
}
