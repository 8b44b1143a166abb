using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

internal static class Assignments
{
    public static RunAssignment Command(string program, params string[] args) => new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), TaskKind.Command, program, args, null, null, new Dictionary<string, string>(),
        null, "/", null, 60, DateTimeOffset.UtcNow.AddHours(1), 1024 * 1024);

    public static RunAssignment Script(string text, params string[] args) =>
        Command("", args) with { Kind = TaskKind.Script, Command = null, Script = text };
}
