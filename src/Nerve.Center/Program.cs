using System.CommandLine;
using Nerve.Center;
using Nerve.Center.Commands;
using Nerve.Configuration;

var root = new RootCommand("nerve-center: registers agents, watches their life, stores, alerts and schedules work.")
{
    ServeCommand.Create("serve", "Serve the API, the page and the agents (the default)."),
    VersionCommand.Create(),
    UserCommands.Create(),
    TokenCommands.Create(),
    EnrolTokenCommands.Create(),
    DatabaseCommands.Create(),
    AuditCommands.Create(),
    ConfigCommands.Create(),
};
root.WithSettings(CenterSettings.Table);
ServeCommand.MakeDefault(root);

try
{
    return await root.RunAsync(args, Console.Error);
}
catch (StartException problem)
{
    await Console.Error.WriteLineAsync("nerve-center: " + problem.Message);
    return problem.ExitCode;
}
