using System.Runtime.CompilerServices;
using Nerve.Bench.Baselines;
using Nerve.Bench.Programs;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Bench.Scenarios;

/// <summary>How many results of runs a second a center makes durable, each with its start before, from its hub's method to the commit.</summary>
internal sealed class TaskReports : IScenario
{
    private const int Hosts = 6000;
    private const int ManyHosts = 15_000;
    private const int Goal = 20_000;

    public string Name => "tasks";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (var site = new Site())
        {
            using var database = new SqliteDatabase(site.At("tasks.db"));
            await using var bare = await BareUpdates.OnSqliteAsync(site.At("bare.db"), Hosts, cancellationToken);
            await foreach (var measured in MeasureAsync("SQLite", null, database, site, bare, "prepared updates", plan, cancellationToken))
            {
                yield return measured;
            }
        }

        await using var server = await PrivatePostgres.StartAsync(cancellationToken);
        await server.CreateDatabaseAsync("own", cancellationToken);
        await server.CreateDatabaseAsync("bare", cancellationToken);
        await using var own = new Site();
        using var postgres = new PostgresDatabase(server.UrlOf("own"), TimeProvider.System);
        await using var updates = await BareUpdates.OnPostgresAsync(server.ConnectionString("bare"), Hosts, cancellationToken);
        await foreach (var measured in MeasureAsync("PostgreSQL", Goal, postgres, own, updates, "updates from arrays", plan, cancellationToken))
        {
            yield return measured;
        }
    }

    private static async IAsyncEnumerable<Measurement> MeasureAsync(
        string engine, double? goal, Database database, Site site, BareUpdates bare, string means, BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var center = await OwnTasks.StartAsync(database, site.At("own"), cancellationToken);
        foreach (var hosts in (int[])[Hosts, ManyHosts])
        {
            List<double> durable = [], loop = [];
            for (var round = 0; round <= plan.Rounds; round++) // the first is to warm up
            {
                durable.Add(await center.RunAsync(hosts, cancellationToken));
                loop.Add(await bare.RunAsync(cancellationToken));
            }

            yield return new Measurement(
                $"{engine}: durable results of a task of {hosts} runs, each after its start, from the hub to the commit", "/s", goal, durable[1..],
                $"a bare loop of {means}", loop[1..], MoreIsBetter: true);
        }
    }
}
