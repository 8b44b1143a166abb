using System.CommandLine;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Metrics;
using Nerve.Agent.Options;
using Nerve.Agent.Policies;
using Nerve.Agent.Tasks;
using Nerve.Configuration;

namespace Nerve.Agent;

/// <summary>What each subcommand does with its part of the command line.</summary>
internal static class AgentCommands
{
    private static readonly Setting[] s_rootOnly = [AgentSettingsTable.Root];
    private static readonly Setting[] s_machine = [AgentSettingsTable.Root, AgentSettingsTable.Policy];

    /// <summary>The agent itself, and what a bare <c>nerve-agent</c> does.</summary>
    public static T RunsTheAgent<T>(this T command)
        where T : Command
    {
        command.WithSettings(AgentSettingsTable.All).SetAction(async commandLine =>
        {
            var options = AgentOptions.Read(commandLine, ProcessEnvironment.Variables());
            using var signals = new StopSignals();
            return await AgentHost.RunAsync(options, signals.Token);
        });
        return command;
    }

    public static Command Version()
    {
        var command = new Command("version", "Print the version");
        command.SetAction(_ => Console.Out.WriteLine($"nerve-agent {AgentVersion.Text}"));
        return command;
    }

    public static Command Inventory()
    {
        var command = new Command("inventory", "Print what the agent knows of this machine, as JSON");
        command.WithSettings(s_machine).SetAction(commandLine =>
            InventoryCommand.Run(Root(commandLine), TimeProvider.System, AgentVersion.Text, Console.Out, Policy(commandLine)));
        return command;
    }

    public static Command Metrics()
    {
        var command = new Command("metrics", "Print one sample of the metrics, as JSON");
        command.WithSettings(s_rootOnly).SetAction((commandLine, cancellationToken) =>
            MetricsCommand.RunAsync(Root(commandLine), TimeProvider.System, Console.Out, cancellationToken));
        return command;
    }

    public static Command Doctor()
    {
        var command = new Command("doctor", "Say what the agent can and cannot read or do here, and why");
        command.WithSettings(s_machine).SetAction(commandLine => DoctorCommand.Run(Root(commandLine), Console.Out, Policy(commandLine)));
        return command;
    }

    /// <summary>For the agent's own use: the process that looks after one run.</summary>
    public static Command Supervise()
    {
        var folder = new Argument<string>("dir");
        var policy = new Option<string?>("--policy");
        var command = new Command("supervise") { Hidden = true };
        command.Arguments.Add(folder);
        command.Options.Add(policy);
        command.SetAction(commandLine => SuperviseCommand.RunAsync(
            commandLine.GetRequiredValue(folder), new PolicyFile(commandLine.GetValue(policy))));
        return command;
    }

    private static HostRoot Root(ParseResult commandLine) =>
        new(SettingsReader.Read(s_rootOnly, commandLine, ProcessEnvironment.Variables()).OrThrow().RequiredText("root"));

    private static PolicyFile Policy(ParseResult commandLine)
    {
        var settings = SettingsReader.Read(s_machine, commandLine, ProcessEnvironment.Variables()).OrThrow();
        return new PolicyFile(settings.IsSet("policy") ? settings.Text("policy") : null);
    }
}
