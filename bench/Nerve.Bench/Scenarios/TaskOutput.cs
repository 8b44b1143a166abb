using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>A task whose runs write on and on, on many connected agents: whether the center's memory and the heartbeats stand it, and what becomes of the lines.</summary>
internal sealed class TaskOutput : IScenario
{
    private const string Database = "output";
    private const int LinesASecond = 100;

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public string Name => "task-output";

    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var postgres = await PrivatePostgres.StartAsync(cancellationToken);
        await postgres.CreateDatabaseAsync(Database, cancellationToken);
        await using var site = new Site(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = postgres.UrlOf(Database) });
        var center = await site.StartCenterAsync(cancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await site.TokenAsync("operator", cancellationToken));

        var quiet = await WatchAsync(site, center.Pid, plan, null, cancellationToken);
        var writing = await WatchAsync(site, center.Pid, plan, http, cancellationToken);

        var what = $"{plan.Agents} agents that write {LinesASecond} lines a second each for {plan.Watch.TotalSeconds:0} s, on PostgreSQL";
        yield return new Measurement($"{what}: lines stored", "/s", null, [writing.Lines / plan.Watch.TotalSeconds]);
        yield return new Measurement($"{what}: share of the lines that are stored", "", null, [writing.Lines / (plan.Agents * LinesASecond * plan.Watch.TotalSeconds)]);
        yield return new Measurement($"{what}: from the end of the last run until all results are stored", "s", 3, [writing.Behind]);
        yield return new Measurement($"{what}: the center at its largest", "MiB", null, [writing.Largest], "while nothing is written", [quiet.Largest]);
        yield return new Measurement($"{what}: 99 of 100 heartbeats, from sent to acknowledged", "ms", null, [writing.Beat99], "while nothing is written", [quiet.Beat99]);
        yield return new Measurement($"{what}: agents called offline wrongly", "", 0, [writing.Offline]);
    }

    /// <param name="http">Makes the task; null: nothing is written.</param>
    private static async Task<Seen> WatchAsync(Site site, int center, BenchPlan plan, HttpClient? http, CancellationToken cancellationToken)
    {
        await using var swarm = RestlessSwarm.Start(
            site, site.Url, await site.EnrolTokenAsync(cancellationToken), await site.TokenAsync("viewer", cancellationToken), plan.Agents,
            "--run-time", $"{plan.Watch.TotalSeconds}s", "--output-rate", $"{LinesASecond}", "--interval", "5s", "--identities", site.At("identities.json"));
        await swarm.AllLinkedAsync(cancellationToken);
        await Task.Delay(s_settle, cancellationToken);

        var begun = TimeProvider.System.GetTimestamp();
        var task = http is null ? null : await StartAsync(http, cancellationToken);
        var largest = 0.0;
        for (var over = false; !over; largest = Math.Max(largest, Use.Of(center).ResidentMebibytes))
        {
            await Task.Delay(s_look, cancellationToken);
            var elapsed = TimeProvider.System.GetElapsedTime(begun);
            over = elapsed >= plan.Watch && (task is null || await IsOverAsync(http!, task, plan.Agents, cancellationToken));
            if (elapsed > plan.Watch + s_patience)
            {
                throw new InvalidOperationException("The task did not come to its end.");
            }
        }

        var behind = (TimeProvider.System.GetElapsedTime(begun) - plan.Watch).TotalSeconds;
        var lines = task is null ? 0 : await LinesAsync(http!, task, cancellationToken);
        var report = await swarm.StopAsync(cancellationToken);
        return new Seen(
            largest, report.GetProperty("beatMilliseconds").GetProperty("p99").GetDouble(), behind, lines,
            report.GetProperty("audit").GetProperty("falselyOffline").GetArrayLength());
    }

    private static async Task<string> StartAsync(HttpClient http, CancellationToken cancellationToken)
    {
        using var made = await http.PostAsJsonAsync("/api/v1/tasks", new { kind = "command", command = "train", target = new { all = true } }, cancellationToken);
        made.EnsureSuccessStatusCode();
        return (await made.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("id").GetString()!;
    }

    private static async Task<bool> IsOverAsync(HttpClient http, string task, int agents, CancellationToken cancellationToken) =>
        (await http.GetFromJsonAsync<JsonElement>($"/api/v1/tasks/{task}", cancellationToken)).GetProperty("counts").GetProperty("succeeded").GetInt32() == agents;

    /// <summary>Read as a person would export them, of each hundredth host: those of all are read the same way.</summary>
    private static async Task<double> LinesAsync(HttpClient http, string task, CancellationToken cancellationToken)
    {
        var runs = await http.GetStringAsync($"/api/v1/tasks/{task}/runs?format=ndjson", cancellationToken);
        var agents = runs.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("agentId").GetString()).ToList();
        var some = agents.Where((_, i) => i % 100 == 0).ToList();
        var lines = 0L;
        foreach (var agent in some)
        {
            lines += (await http.GetStringAsync($"/api/v1/tasks/{task}/runs/{agent}/output?download=true", cancellationToken)).Count(letter => letter == '\n');
        }

        return (double)lines / some.Count * agents.Count;
    }

    private sealed record Seen(double Largest, double Beat99, double Behind, double Lines, int Offline);
}
