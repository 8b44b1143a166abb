using System.Runtime.CompilerServices;
using Nerve.Bench.Engines;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>How many heartbeats a second a center makes durable: from its hub's method to the commit, and from the links of as many agents, whose
/// own work the same processors do.</summary>
internal sealed class Ingest : IScenario
{
    private const int Agents = 1000;
    private const int Values = 40;

    private static readonly TimeSpan s_run = TimeSpan.FromSeconds(12);

    public string Name => "ingest";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Func<Task<Engine>>[] engines =
        [
            async () => await SqliteEngine.StartAsync(Agents, Values, cancellationToken),
            async () => await PostgresEngine.StartAsync(Agents, Values, cancellationToken),
        ];
        foreach (var start in engines)
        {
            // Each with a new one: a database goes on tidying what it was given.
            await using (var engine = await start())
            {
                yield return await FromTheHubAsync(engine, plan, cancellationToken);
            }

            await using (var engine = await start())
            {
                yield return await FromTheLinksAsync(engine, plan, cancellationToken);
            }
        }
    }

    private static async Task<Measurement> FromTheHubAsync(Engine engine, BenchPlan plan, CancellationToken cancellationToken)
    {
        await using var center = await OwnCenter.StartAsync(engine.Database, engine.Site.At("own"), Agents, Values, cancellationToken);
        return await InTurnsAsync(engine, "from the hub to the commit", engine.Goal, cancel => center.RunAsync(s_run, cancel), plan, cancellationToken);
    }

    private static async Task<Measurement> FromTheLinksAsync(Engine engine, BenchPlan plan, CancellationToken cancellationToken)
    {
        var token = await engine.Site.EnrolTokenAsync(cancellationToken);
        await engine.Site.StartCenterAsync(cancellationToken);
        var swarm = new SwarmRuns(engine.Site, token, Agents, Values);
        var measured = await InTurnsAsync(engine, $"the same from {Agents} agents' links", engine.Goal, cancel => swarm.RunAsync(s_run, cancel), plan, cancellationToken);
        return await engine.CountAsync(cancellationToken) >= swarm.Acknowledged
            ? measured
            : throw new InvalidOperationException($"{engine.Name} holds fewer samples than the center acknowledged.");
    }

    /// <summary>The first of each is to warm up.</summary>
    private static async Task<Measurement> InTurnsAsync(
        Engine engine, string what, double? goal, Func<CancellationToken, Task<double>> run, BenchPlan plan, CancellationToken cancellationToken)
    {
        List<double> durable = [], bare = [];
        for (var round = 0; round <= plan.Rounds; round++)
        {
            durable.Add(await run(cancellationToken));
            bare.Add(await engine.Bare.RunAsync(cancellationToken));
        }

        return new Measurement(
            $"{engine.Name}: durable heartbeats of {Values} values, {what}", "/s", goal, durable[1..], $"a bare loop of {engine.Means}", bare[1..], MoreIsBetter: true);
    }
}
