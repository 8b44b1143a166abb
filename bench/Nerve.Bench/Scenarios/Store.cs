using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Nerve.Bench.Programs;
using Nerve.Storage.EfCore;
using Nerve.Storage.EfCore.Postgres;
using Nerve.Storage.EfCore.Sqlite;

namespace Nerve.Bench.Scenarios;

/// <summary>A large fleet and its history on each engine: what a page waits for, over HTTP.</summary>
internal sealed class Store : IScenario
{
    private static readonly string[] s_columns =
    [
        "hostname", "-status", "cluster", "labels", "cpu.used_percent", "-memory.used_percent", "gpuModel", "-load.1m", "agentVersion", "-lastSeenAt",
    ];

    public string Name => "store";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (var site = new Site())
        {
            Directory.CreateDirectory(site.Data);
            await foreach (var measured in MeasureAsync("SQLite", site, new SqliteDatabase(Path.Combine(site.Data, SqliteStorage.FileName)), plan, cancellationToken))
            {
                yield return measured;
            }
        }

        await using var server = await PrivatePostgres.StartAsync(cancellationToken);
        await server.CreateDatabaseAsync("store", cancellationToken);
        await using var onPostgres = new Site(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = server.UrlOf("store") });
        await foreach (var measured in MeasureAsync(
            "PostgreSQL", onPostgres, new PostgresDatabase(server.UrlOf("store"), TimeProvider.System), plan, cancellationToken))
        {
            yield return measured;
        }
    }

    private static async IAsyncEnumerable<Measurement> MeasureAsync(
        string engine, Site site, Database database, BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        var fleet = new LargeFleet(now);
        using (database)
        {
            await fleet.FillAsync(database, cancellationToken);
        }

        await site.StartCenterAsync(cancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await site.ViewerTokenAsync(cancellationToken));
        string Chart(int days, string step = "") =>
            $"/api/v1/agents/{fleet.First}/metrics?name=cpu.used_percent&from={now.AddDays(-days).UtcDateTime:O}&to={now.UtcDateTime:O}{step}";
        Task<IReadOnlyList<double>> TimeAsync(string path) => TimesOfAsync(http, path, plan.Rounds, cancellationToken);

        var nothing = await TimeAsync("/health/live");
        Measurement Of(string what, double? goal, IReadOnlyList<double> times) => new($"{engine}, {what}", "ms", goal, times, "an empty answer", nothing);
        yield return Of("a week's chart of one metric", 100, await TimeAsync(Chart(7)));
        yield return Of("a month's chart of one metric", 100, await TimeAsync(Chart(30)));
        yield return Of("a week's chart without roll-ups", null, await TimeAsync(Chart(7, "&step=299s")));
        yield return Of(
            "the fleet table's first page, filtered by selector, status and text, and sorted", 50,
            await TimeAsync("/api/v1/agents?selector=rack%20in%20(r1,r2,r3)&q=host&status=offline&sort=-cpu.used_percent&limit=100"));
        List<IReadOnlyList<double>> sorted = [];
        foreach (var column in s_columns)
        {
            sorted.Add(await TimeAsync($"/api/v1/agents?q=host&sort={column}&limit=100"));
        }

        yield return Of("the same of all hosts, by the slowest column of ten", 50, sorted.MaxBy(times => times.Order().ElementAt(times.Count / 2))!);
    }

    private static async Task<IReadOnlyList<double>> TimesOfAsync(HttpClient http, string path, int rounds, CancellationToken cancellationToken)
    {
        List<double> times = [];
        for (var round = 0; round <= rounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var answer = (await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode();
            _ = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return times[1..];
    }
}
