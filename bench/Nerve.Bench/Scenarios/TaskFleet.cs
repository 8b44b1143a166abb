using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nerve.Bench.Programs;

namespace Nerve.Bench.Scenarios;

/// <summary>A task for many connected agents on PostgreSQL: how long until all of them run it, and how long until all results are stored.</summary>
internal sealed class TaskFleet : IScenario
{
    private const string Database = "tasks";

    /// <summary>How long a run takes: long enough for all to run at once.</summary>
    private static readonly TimeSpan s_run = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(25);

    public string Name => "task-fleet";

    /// <remarks>Whose runs write at once send a third message each while the others are still being started.</remarks>
    public async IAsyncEnumerable<Measurement> MeasureAsync(BenchPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (silent, when) in ((TimeSpan, string)[])[(TimeSpan.Zero, "at once"), (s_run, "at their end")])
        {
            await foreach (var measured in MeasureAsync(plan, silent, $"a task of {plan.Agents} agents on PostgreSQL, runs write {when}", cancellationToken))
            {
                yield return measured;
            }
        }
    }

    private static async IAsyncEnumerable<Measurement> MeasureAsync(
        BenchPlan plan, TimeSpan silent, string what, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var postgres = await PrivatePostgres.StartAsync(cancellationToken);
        await postgres.CreateDatabaseAsync(Database, cancellationToken);
        await using var site = new Site(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = postgres.UrlOf(Database) });
        await site.StartCenterAsync(cancellationToken);
        await using var swarm = RestlessSwarm.Start(
            site, site.Url, await site.EnrolTokenAsync(cancellationToken), await site.TokenAsync("viewer", cancellationToken), plan.Agents,
            "--run-time", $"{s_run.TotalSeconds}s", "--output-after", $"{silent.TotalSeconds}s");
        using var http = new HttpClient { BaseAddress = new Uri(site.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await site.TokenAsync("operator", cancellationToken));
        await swarm.AllLinkedAsync(cancellationToken);
        await Task.Delay(s_settle, cancellationToken);

        List<double> most = [], all = [], stored = [];
        for (var round = 0; round <= plan.Rounds; round++) // the first is to warm up
        {
            var (running99, running, over) = await PlayAsync(http, plan.Agents, cancellationToken);
            most.Add(running99);
            all.Add(running);
            stored.Add(over);
        }

        yield return new Measurement($"{what}: from the request until 99 of 100 run", "s", 1, most[1..]);
        yield return new Measurement($"{what}: until all run", "s", null, all[1..]);
        yield return new Measurement($"{what}: from the end of the last run until all results are stored", "s", 3, stored[1..]);
    }

    private static async Task<(double Most, double All, double Stored)> PlayAsync(HttpClient http, int agents, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        using var made = await http.PostAsJsonAsync("/api/v1/tasks", new { kind = "command", command = "true", target = new { all = true } }, cancellationToken);
        made.EnsureSuccessStatusCode();
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("id").GetString();
        var most = await UntilAsync(counts => Begun(counts) >= agents * 99 / 100);
        var all = await UntilAsync(counts => Begun(counts) >= agents);
        var over = await UntilAsync(counts => Count(counts, "succeeded") >= agents);
        return (most, all, Math.Max(0, over - all - s_run.TotalSeconds));

        async Task<double> UntilAsync(Func<JsonElement, bool> isSo)
        {
            while (true)
            {
                var task = await http.GetFromJsonAsync<JsonElement>($"/api/v1/tasks/{id}", cancellationToken);
                var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                if (isSo(task.GetProperty("counts")))
                {
                    return seconds;
                }

                if (seconds > s_patience.TotalSeconds)
                {
                    throw new InvalidOperationException($"The task did not get there: {task.GetProperty("counts")}");
                }

                await Task.Delay(s_look, cancellationToken);
            }
        }
    }

    private static int Begun(JsonElement counts) => Count(counts, "running") + Count(counts, "succeeded") + Count(counts, "failed");

    private static int Count(JsonElement counts, string state) => counts.GetProperty(state).GetInt32();
}
