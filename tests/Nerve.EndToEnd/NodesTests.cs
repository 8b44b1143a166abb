using System.Text.Json;
using Nerve.EndToEnd.Harness;
using Nerve.Redis.Tests;
using Nerve.Storage.Tests.Postgres;

namespace Nerve.EndToEnd;

/// <summary>Two real centers on one PostgreSQL and one Redis, and a real agent that may use both.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private Relay _wayOfB = null!;
    private Site _a = null!;
    private Site _b = null!;

    public async ValueTask InitializeAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var database = $"nodes_{Guid.NewGuid():N}";
        await postgres.ExecuteAsync($"CREATE DATABASE {database}");
        _redis = await RedisServer.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["NERVE_STORAGE"] = "postgres",
            ["NERVE_STORAGE_URL"] = postgres.UrlOf(database),
            ["NERVE_REDIS"] = _redis.Url,
        };
        _a = await Site.StartNodeAsync(environment, null);
        _wayOfB = new Relay(new Uri(_redis.Url).Port);
        _b = await Site.StartNodeAsync(new Dictionary<string, string>(environment) { ["NERVE_REDIS"] = $"redis://127.0.0.1:{_wayOfB.Port}/0" }, _a);
    }

    public async ValueTask DisposeAsync()
    {
        await (_b?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_a?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_wayOfB?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Agent_AtOneNode_IsSeenAndWorkedWithFromTheOther()
    {
        var (_, agent) = await _a.StartAgentAsync();

        var seen = await _b.EventuallyAsync("b sees it with its metrics", () => _b.Api.AgentAsync(agent.Id), now => now.Status == "online" && now.Metrics.ContainsKey("load.1m"));
        Assert.Equal(agent.Hostname, seen.Hostname);

        var (run, output) = await _b.RunAsync(new { kind = "script", target = new { agents = new[] { agent.Id } }, script = "for i in 1 2 3; do echo line $i; sleep 0.2; done; exit 3" });
        Assert.Equal(("failed", 3, "line 1\nline 2\nline 3\n"), (run.State, run.ExitCode, output));

        var endless = (await _b.Api.CreateTaskAsync(new { kind = "command", target = new { all = true }, command = "sleep", args = new[] { "300" } })).Id;
        await _b.EventuallyAsync("it runs", () => _b.Api.RunAsync(endless), now => now.State == "running");
        await _b.Api.CancelAsync(endless);
        Assert.Equal("cancelled", (await _b.OverAsync(endless)).State);
    }

    [Fact]
    public async Task Pace_SetAtOneNode_IsThatOfTheOthersAgents()
    {
        await using var tap = new WireTap(_a.Port);
        _a.LaunchAgent(server: tap.Address);
        int Heartbeats() => tap.Calls().Count(call => call.Method == "Heartbeat");
        await _a.EventuallyAsync("its first heartbeat has come", () => Heartbeats() > 0);

        // At the product's 30 s these would take more than two minutes.
        await _b.Api.PutAsync("settings/agents", new { heartbeatSeconds = 1 });
        await _a.EventuallyAsync("it beats every second", () => Heartbeats() >= 6);
        Assert.Equal(1, (await _a.Api.GetAsync<JsonElement>("settings/agents")).GetProperty("inForce").GetProperty("heartbeatSeconds").GetInt32());
    }

    [Fact]
    public async Task Node_Killed_ItsAgentsGoOnAtTheOtherAndNoResultIsLost()
    {
        var (agent, id) = await StartAtAsync(_a.Server.AbsoluteUri, _b.Server.AbsoluteUri);
        var counted = _a.At("counted");
        var task = (await _b.Api.CreateTaskAsync(new
        {
            kind = "script",
            target = new { agents = new[] { id } },
            script = $"echo once >> {counted}; echo before; until [ -e {_a.At("go")} ]; do sleep 0.05; done; echo after",
        })).Id;
        await _b.EventuallyAsync("it runs", () => _b.Api.RunAsync(task), run => run.OutputBytes > 0);
        await using var watch = StatusWatch.Of(_b.Api, id);

        await _a.Center.KillAsync();
        await File.WriteAllTextAsync(_a.At("go"), "", TestContext.Current.CancellationToken);
        var run = await _b.OverAsync(task);
        await _b.EventuallyAsync("b has the agent", () => agent.StandardError.Contains($"Connected to {_b.Server}", StringComparison.Ordinal));
        await _b.EventuallyAsync("b misses a", () => NodesAsync(_b), nodes => nodes.Count == 1);

        Assert.Equal(("succeeded", "before\nafter\n"), (run.State, await _b.Api.OutputAsync(run, task)));
        Assert.Single(await File.ReadAllLinesAsync(counted, TestContext.Current.CancellationToken));
        Assert.Equal("online", (await _b.Api.AgentAsync(id)).Status);
        Assert.DoesNotContain("offline", watch.Seen);
    }

    [Fact]
    public async Task Redis_Away_WorkGoesOnAndEverythingHealsAfterwards()
    {
        var (_, agent) = await _a.StartAgentAsync();
        await _b.EventuallyAsync("b sees it", () => _b.Api.AgentAsync(agent.Id), now => now.Status == "online");

        await _redis.StopAsync();
        await _b.EventuallyAsync("b says what is degraded", () => ProblemsAsync(_b), problems => problems.Any(problem => problem.Contains("Redis", StringComparison.Ordinal)));
        Assert.StartsWith("Degraded", await _b.Api.ReadyAsync(), StringComparison.Ordinal);
        var (run, output) = await _a.RunAsync(new { kind = "command", target = new { all = true }, command = "echo", args = new[] { "on" } });
        Assert.Equal(("succeeded", "on\n"), (run.State, output));
        Assert.Equal("online", (await _a.Api.AgentAsync(agent.Id)).Status);

        await _redis.StartAgainAsync();
        await _b.EventuallyAsync("b is well again", () => ProblemsAsync(_b), problems => problems.Count == 0);
        Assert.Equal("Healthy", await _b.Api.ReadyAsync());
        Assert.Equal("online", (await _b.Api.AgentAsync(agent.Id)).Status);
        (run, _) = await _b.RunAsync(new { kind = "command", target = new { all = true }, command = "true" });
        Assert.Equal("succeeded", run.State);
    }

    [Fact]
    public async Task Redis_AwayFromOneNode_ItCallsNobodyOfflineMeanwhileAndLearnsWhatItMissed()
    {
        await _a.Api.PutAsync("settings/agents", new { heartbeatSeconds = 1 });
        await using var linkToB = new Relay(_b.Port);
        var (mover, moved) = await StartAtAsync($"http://127.0.0.1:{linkToB.Port}/", _a.Server.AbsoluteUri);
        var (leaver, left) = await _a.StartAgentAsync("leaves");
        await _b.EventuallyAsync("b sees both", StatusesAtBAsync, statuses => statuses.Count(it => it.Value == "online") == 2);
        await using var atA = StatusWatch.Of(_a.Api, moved);
        await using var atB = StatusWatch.Of(_b.Api, moved);

        _wayOfB.Close();
        await _b.EventuallyAsync("b says what is degraded", () => ProblemsAsync(_b), problems => problems.Any(problem => problem.Contains("Redis", StringComparison.Ordinal)));
        linkToB.Close();
        await _a.EventuallyAsync("it goes on at a", () => mover.StandardError.Contains($"Connected to {_a.Server}", StringComparison.Ordinal));
        await leaver.StopAsync();
        var (_, came) = await _a.StartAgentAsync("comes");
        // Longer than the three heartbeats for which b waits for an agent that it heard last.
        var (run, _) = await _a.RunAsync(new { kind = "command", target = new { agents = new[] { moved } }, command = "sleep", args = new[] { "6" } });
        Assert.Equal("succeeded", run.State);
        Assert.NotEmpty(await ProblemsAsync(_b));

        _wayOfB.Open();
        await _b.EventuallyAsync("b is well again", () => ProblemsAsync(_b), problems => problems.Count == 0);
        await _b.EventuallyAsync("b knows who moved, who came and who left", StatusesAtBAsync, statuses =>
            statuses[moved] == "online" && statuses.GetValueOrDefault(came.Id) == "online" && statuses[left.Id] == "offline");
        Assert.DoesNotContain("offline", atA.Seen.Concat(atB.Seen));

        async Task<Dictionary<Guid, string>> StatusesAtBAsync() => (await _b.Api.AgentsAsync()).ToDictionary(it => it.Id, it => it.Status);
    }

    [Fact]
    public async Task Redis_AwayFromOneNode_TheOtherDoesNotCallItsAgentsOffline()
    {
        await _a.Api.PutAsync("settings/agents", new { heartbeatSeconds = 1 });
        var (_, id) = await StartAtAsync(_b.Server.AbsoluteUri, _a.Server.AbsoluteUri);
        await _a.EventuallyAsync("a sees it", () => _a.Api.AgentAsync(id), now => now.Status == "online");
        await using var watch = StatusWatch.Of(_a.Api, id);

        _wayOfB.Close();
        await _a.EventuallyAsync("a misses b", () => NodesAsync(_a), nodes => nodes.Count == 1);
        await _a.EventuallyAsync("it is suspect", () => _a.Api.AgentAsync(id), now => now.Status == "suspect");
        // Longer than the three heartbeats after which an agent of which nothing is heard is offline.
        var (run, _) = await _a.RunAsync(new { kind = "command", target = new { agents = new[] { id } }, command = "sleep", args = new[] { "6" } });
        Assert.Equal("succeeded", run.State);

        _wayOfB.Open();
        await _a.EventuallyAsync("a sees it again", () => _a.Api.AgentAsync(id), now => now.Status == "online");
        Assert.DoesNotContain("offline", watch.Seen);
    }

    /// <summary>Which center an agent of several turns to first is left to chance.</summary>
    private async Task<(ChildProcess Process, Guid Id)> StartAtAsync(string first, string other)
    {
        while (true)
        {
            var agent = _a.LaunchAgent(server: $"{first},{other}");
            await _a.EventuallyAsync("it is connected", () => agent.StandardError.Contains("Connected to", StringComparison.Ordinal));
            if (agent.StandardError.Contains($"Connected to {first}", StringComparison.Ordinal))
            {
                using var identity = JsonDocument.Parse(await File.ReadAllTextAsync(_a.At("agent-state/identity.json")));
                return (agent, identity.RootElement.GetProperty("agentId").GetGuid());
            }

            await agent.StopAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> NodesAsync(Site site) =>
        [.. (await site.Api.GetAsync<JsonElement>("system")).GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetString()!)];

    private static async Task<IReadOnlyList<string>> ProblemsAsync(Site site) =>
        [.. (await site.Api.GetAsync<JsonElement>("system")).GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("reason").GetString()!)];
}
