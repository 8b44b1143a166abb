using System.CommandLine;
using Nerve.Agent;
using Nerve.Agent.Probes;
using Nerve.Configuration;

// Before anything else: a probe is to stay small.
if (args is ["probe", var probe])
{
    return ProbeCommand.Run(probe);
}

var program = new RootCommand("The agent of Nerve: reports this machine to a center and runs the center's tasks.").RunsTheAgent();

program.Subcommands.Add(new Command("run", "Run the agent (the default)").RunsTheAgent());
program.Subcommands.Add(AgentCommands.Version());
program.Subcommands.Add(AgentCommands.Inventory());
program.Subcommands.Add(AgentCommands.Metrics());
program.Subcommands.Add(AgentCommands.Doctor());
program.Subcommands.Add(AgentCommands.Supervise());

return await program.RunAsync(args, Console.Error);
