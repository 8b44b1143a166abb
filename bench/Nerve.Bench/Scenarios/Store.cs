using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Nerve.Bench.Programs;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Portable;
using Nerve.Server.Retention;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Bench.Scenarios;

/// <summary>A large fleet on the embedded database: what a page waits for, over HTTP.</summary>
internal sealed class Store : IScenario
{
    private const int Agents = 10_000;
    private const int Series = 40;

    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent", .. Enumerable.Range(1, Series - 1).Select(i => $"disk.busy_percent{{disk=\"sd{i}\"}}")]);

    public string Name => "store";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var site = new Site();
        Directory.CreateDirectory(site.Data);
        var now = DateTimeOffset.UtcNow;
        var agents = Enumerable.Range(0, Agents).Select(i => AgentOf(i, now)).ToList();
        using (var database = new SqliteDatabase(Path.Combine(site.Data, SqliteStorage.FileName)))
        {
            await database.MigrateAsync(cancellationToken);
            await using var stores = Stores(database);
            await FillAsync(database, stores, agents, now, cancellationToken);
        }

        await site.StartCenterAsync(cancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await site.ViewerTokenAsync(cancellationToken));
        var (from, to) = (now.AddDays(-7).UtcDateTime, now.UtcDateTime);
        var chart = $"/api/v1/agents/{agents[0].Id}/metrics?name=cpu.used_percent&from={from:O}&to={to:O}";
        var nothing = await TimeAsync("/health/live");
        yield return new Measurement("a week's chart of one metric", "ms", 100, await TimeAsync(chart), "an empty answer", nothing);
        yield return new Measurement("the same without roll-ups", "ms", null, await TimeAsync(chart + "&step=299s"), "an empty answer", nothing);
        yield return new Measurement(
            $"the fleet table's first page of {Agents} agents, filtered and sorted", "ms", 50,
            await TimeAsync("/api/v1/agents?selector=rack%20in%20(r1,r2,r3)&q=host&status=offline&sort=-cpu.used_percent&limit=100"), "an empty answer", nothing);

        async Task<IReadOnlyList<double>> TimeAsync(string path)
        {
            List<double> times = [];
            for (var round = 0; round <= plan.Rounds; round++)
            {
                var begun = Stopwatch.GetTimestamp();
                using var answer = (await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode();
                _ = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            return times[1..];
        }
    }

    private static Server.Agents.Agent AgentOf(int i, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now.AddMilliseconds(i)),
        Hostname = $"host-{i:00000}",
        CredentialHash = $"{i:x64}",
        ReportedLabels = new Dictionary<string, string> { ["rack"] = $"r{i % 10}" },
        EnrolledAt = now,
        StatusSince = now,
        Status = AgentStatus.Offline,
    };

    private static ServiceProvider Stores(SqliteDatabase database)
    {
        var services = new ServiceCollection();
        database.AddStores(services);
        return services.BuildServiceProvider();
    }

    /// <summary>All agents, and of the first a week of samples every ten seconds, rolled up.</summary>
    private static async Task FillAsync(
        IPortableStorage database, ServiceProvider stores, List<Server.Agents.Agent> agents, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var some in agents.Chunk(1000))
        {
            await database.ImportAsync(some, cancellationToken);
        }

        var metrics = stores.GetRequiredService<IMetricStore>();
        await metrics.AddSchemaAsync(s_schema, cancellationToken);
        foreach (var moments in Enumerable.Range(1, 7 * 8640).Select(i => now.AddSeconds(-10 * i)).Chunk(5000))
        {
            var hours = moments.Select(Hours.Of).Distinct().Select(hour => new StaleHour(agents[0].Id, hour, now.AddHours(-1))).ToList();
            await stores.GetRequiredService<IHeartbeatStore>().WriteAsync(
                [new HeartbeatWrite(agents[0].Id, now, [.. moments.Select(Sample)]) { StaleHours = hours }], cancellationToken);
        }

        await new RollUpJob(metrics, stores.GetRequiredService<IRollUpStore>(), new SchemaCatalogue(metrics), new RetentionSettings(), TimeProvider.System)
            .RunAsync(cancellationToken);
    }

    private static MetricSample Sample(DateTimeOffset at) => new(
        at, s_schema.Id, [.. Enumerable.Range(0, Series).Select(i => (double?)(50 + (40 * Math.Sin((at.ToUnixTimeSeconds() / 3600.0) + i))))]);
}
