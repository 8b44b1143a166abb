using System.CommandLine;
using Nerve.Bench.Scenarios;
using Spectre.Console;

namespace Nerve.Bench;

/// <summary>Runs the scenarios one after the other, then prints and keeps what they found.</summary>
internal static class BenchRun
{
    public static void RunsTheBench(this RootCommand root, IReadOnlyList<IScenario> scenarios)
    {
        var only = new Argument<string[]>("scenario") { Description = "Which to run; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
        only.AcceptOnlyFromAmong([.. scenarios.Select(scenario => scenario.Name)]);
        var rounds = new Option<int>("--rounds") { Description = "How often what is short is repeated.", DefaultValueFactory = _ => 9 };
        var watch = new Option<int>("--watch") { Description = "For how many seconds what is at rest is watched.", DefaultValueFactory = _ => 180 };
        var agents = new Option<int>("--agents") { Description = "How many the swarm has.", DefaultValueFactory = _ => 1000 };
        var report = new Option<string>("--report") { Description = "Where to keep the numbers.", DefaultValueFactory = _ => "artifacts/bench/report.json" };
        root.Arguments.Add(only);
        root.Options.Add(rounds);
        root.Options.Add(watch);
        root.Options.Add(agents);
        root.Options.Add(report);
        root.SetAction(async (parsed, cancellationToken) =>
        {
            var wanted = parsed.GetValue(only) ?? [];
            var plan = new BenchPlan(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(watch)), parsed.GetValue(agents));
            var found = await RunAsync(scenarios.Where(scenario => wanted.Length == 0 || wanted.Contains(scenario.Name)), plan, cancellationToken);
            found.Print(AnsiConsole.Console);
            found.Save(parsed.GetValue(report)!);
            return 0;
        });
    }

    private static async Task<BenchReport> RunAsync(IEnumerable<IScenario> scenarios, BenchPlan plan, CancellationToken cancellationToken)
    {
        List<Measurement> measurements = [];
        List<string> skipped = [];
        foreach (var scenario in scenarios)
        {
            await Console.Error.WriteLineAsync($"{scenario.Name}…");
            try
            {
                await foreach (var measurement in scenario.MeasureAsync(plan, cancellationToken))
                {
                    await Console.Error.WriteLineAsync($"  {measurement.Name}: {BenchReport.Number(measurement.Median)} {measurement.Unit}");
                    measurements.Add(measurement);
                }
            }
            catch (ScenarioSkippedException reason)
            {
                skipped.Add($"{scenario.Name}: {reason.Message}");
            }
        }

        return new BenchReport(Machine.Here(), DateTimeOffset.UtcNow, measurements, skipped);
    }
}

/// <param name="Rounds">How often what is short is repeated.</param>
/// <param name="Watch">For how long programs at rest are watched.</param>
/// <param name="Agents">How many the swarm has.</param>
internal sealed record BenchPlan(int Rounds, TimeSpan Watch, int Agents);
