using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Nerve.EndToEnd.Harness;
using Nerve.Storage.Tests.Postgres;

namespace Nerve.EndToEnd;

/// <summary>A database that fills its disk or goes away: said alike by /health/ready, the API and the log, healed by itself, and nothing is lost.</summary>
public sealed class StoreTroubleTests
{
    /// <summary>Three intervals are more than the center waits for its database before it asks an agent to repeat: nobody is called offline meanwhile.</summary>
    private static readonly string[] s_quick = ["--heartbeat-interval", "6s", "--sample-interval", "1s"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FullDisk_OfTheEmbeddedDatabase_IsNamedAndNoSampleIsLost()
    {
        await using var site = Site.WithoutCenter();
        using var disk = new SmallDisk(site.At("center-data"), mebibytes: 8);
        await site.StartCenterAsync(s_quick);
        var (_, agent) = await site.StartAgentAsync();
        await site.EventuallyAsync("it is measured", () => site.Api.AgentAsync(agent.Id), now => now.Metrics.GetValueOrDefault("load.1m") is not null);

        disk.Fill();
        await site.EventuallyAsync("readiness says so", () => ReadyAsync(site), ready => ready.Text.Contains("store: The disk of the database is full", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(site)).Status);
        Assert.Equal("store.full", await ProblemAsync(site));
        Assert.Contains("The disk of the database is full", site.Logs(), StringComparison.Ordinal);
        Assert.Equal("store.full", await RefusalAsync(site));
        await Task.Delay(TimeSpan.FromSeconds(7), Cancel); // a heartbeat whose samples find no room
        Assert.Equal("online", (await site.Api.AgentAsync(agent.Id)).Status);

        disk.MakeRoom();
        await site.EventuallyAsync("all is well", () => ReadyAsync(site), ready => ready.Text == "Healthy");
        Assert.Null(await ProblemAsync(site));
        Assert.Equal(HttpStatusCode.Created, (await OrderAsync(site)).StatusCode);
        await site.EventuallyAsync("what waited is stored", () => SamplesAsync(site, "count(*)"), count => count >= 10);
        await site.Center.StopAsync();
        var longestGap = await SamplesAsync(site, "max(Gap)"); // milliseconds between two that follow each other
        Assert.InRange(longestGap, 0, 2500);
    }

    [Fact]
    public async Task PostgresAway_IsNamedUntilItIsBack()
    {
        var database = await EmptyPostgres.CreateAsync();
        await using var relay = new Relay(new Uri(database.Url).Port);
        var url = new UriBuilder(database.Url) { Port = relay.Port }.Uri.AbsoluteUri;
        await using var site = await Site.StartNodeAsync(new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = url }, null, s_quick);
        var (_, agent) = await site.StartAgentAsync();

        relay.Close();
        await site.EventuallyAsync("readiness says so", () => ReadyAsync(site), ready => ready.Status == HttpStatusCode.ServiceUnavailable);
        Assert.Contains("store: The database does not answer", (await ReadyAsync(site)).Text, StringComparison.Ordinal);
        Assert.Equal("store.unavailable", await RefusalAsync(site));
        Assert.Single(site.Logs().Split('\n'), line => line.Contains("Trouble with the database", StringComparison.Ordinal));

        relay.Open();
        await site.EventuallyAsync("all is well", () => ReadyAsync(site), ready => ready.Text == "Healthy");
        Assert.Equal("online", (await site.Api.AgentAsync(agent.Id)).Status);
        Assert.Equal(HttpStatusCode.Created, (await OrderAsync(site)).StatusCode);
    }

    /// <summary>As after a failover to a standby.</summary>
    [Fact]
    public async Task PostgresReadOnly_IsNamedUntilItTakesChanges()
    {
        var postgres = await PostgresServer.SharedAsync();
        var database = await EmptyPostgres.CreateAsync();
        var name = new Uri(database.Url).AbsolutePath[1..];
        await using var site = await Site.StartNodeAsync(
            new Dictionary<string, string> { ["NERVE_STORAGE"] = "postgres", ["NERVE_STORAGE_URL"] = database.Url }, null, s_quick);
        var (_, agent) = await site.StartAgentAsync();

        await postgres.ExecuteAsync($"ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
        await BreakConnectionsAsync();
        await site.EventuallyAsync("readiness says so", () => ReadyAsync(site), ready => ready.Text.Contains("store: The database takes no changes", StringComparison.Ordinal));
        Assert.Equal("store.readOnly", await ProblemAsync(site));
        Assert.Equal("store.readOnly", await RefusalAsync(site));
        Assert.Contains("The database takes no changes", site.Logs(), StringComparison.Ordinal);
        Assert.Equal("online", (await site.Api.AgentAsync(agent.Id)).Status);

        await postgres.ExecuteAsync($"ALTER DATABASE \"{name}\" RESET default_transaction_read_only");
        await BreakConnectionsAsync();
        await site.EventuallyAsync("all is well", () => ReadyAsync(site), ready => ready.Text == "Healthy");
        Assert.Equal(HttpStatusCode.Created, (await OrderAsync(site)).StatusCode);

        Task BreakConnectionsAsync() => postgres.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(Site site)
    {
        using var client = new HttpClient();
        var answer = await client.GetAsync(new Uri(site.Server, "/health/ready"), Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<string?> ProblemAsync(Site site) => (await site.Api.GetAsync<JsonElement>("system")).GetProperty("problems").EnumerateArray()
        .Select(problem => problem.GetProperty("code").GetString()).SingleOrDefault();

    private static Task<HttpResponseMessage> OrderAsync(Site site) =>
        site.Api.TryPostAsync("tasks", new { kind = "command", command = "true", target = new { all = true } });

    private static async Task<string?> RefusalAsync(Site site)
    {
        var refusal = await OrderAsync(site);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.StatusCode);
        return (await refusal.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString();
    }

    private static async Task<long> SamplesAsync(Site site, string what)
    {
        await using var connection = new SqliteConnection($"Data Source={site.At("center-data/nerve.db")};Mode=ReadOnly");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {what} FROM (SELECT At - lag(At) OVER (ORDER BY At) AS Gap FROM samples)";
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
