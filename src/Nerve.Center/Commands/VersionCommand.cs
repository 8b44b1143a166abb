using System.CommandLine;

namespace Nerve.Center.Commands;

internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version.");
        command.SetAction(_ => Console.WriteLine(CenterApp.Version));
        return command;
    }
}
