using System.CommandLine;
using Nerve.Bench;
using Nerve.Bench.Baselines;
using Nerve.Bench.Scenarios;
using Nerve.Configuration;

var root = new RootCommand("nerve-bench: measures the programs of artifacts/run, each number beside a baseline of the same run.");
root.RunsTheBench(
[
    new AgentFile(),
    new CollectorCost(),
    new CenterStart(),
    new AtRest(),
    new Browser(),
    new Fleet(),
    new Store(),
    new Ingest(),
    new TaskReports(),
    new TaskFleet(),
    new TaskOutput(),
    new Nodes(),
    new Soak(),
    new Endurance(),
]);
root.Subcommands.Add(EmptyServer.Command());
return await root.RunAsync(args, Console.Error);
