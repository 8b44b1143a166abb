using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Ingestion;
using Nerve.Server.Metrics;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Ingestion;

/// <summary>Heartbeats through the real center, over the hub and over REST.</summary>
public sealed class HeartbeatTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(["cpu.used_percent", "load.1m"]);

    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Heartbeat_OverTheHub_IsStoredWhenItReturns()
    {
        await using var agent = await _center.JoinAsync();
        var at = Now();

        var reply = await agent.Heartbeat(new Heartbeat(1, s_schema, [Sample(at, 12.5, 0.5)]));

        Assert.False(reply.SchemaWanted);
        Assert.Equal((30, 10), (reply.Settings.HeartbeatSeconds, reply.Settings.SampleSeconds));
        var stored = Assert.Single(await StoredAsync(agent));
        Assert.Equal(at, stored.At);
        Assert.Equal([12.5, 0.5], stored.Values);
    }

    [Fact]
    public async Task Heartbeat_OverRest_WithPlainMetrics_ShowsThemInTheList()
    {
        await using var agent = await _center.EnrolAsync("curl-only");
        using var caller = _center.Client(agent.Credential);

        var answer = await caller.PostTextAsync(
            $"/api/v1/agents/{agent.Id}/heartbeat", """{"metrics":{"cpu.used_percent":42.5,"memory.used_percent":10,"load.1m":1.25}}""");

        Assert.Equal(30, (await answer.JsonAsync()).GetProperty("settings").GetProperty("heartbeatSeconds").GetInt32());
        using var viewer = _center.Client(Role.Viewer);
        var shown = await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}");
        Assert.Equal("online", shown.GetProperty("status").GetString());
        Assert.Equal(42.5, shown.GetProperty("metrics").GetProperty("cpu.used_percent").GetDouble());
        Assert.Equal(1.25, shown.GetProperty("metrics").GetProperty("load.1m").GetDouble());
        Assert.NotEqual(JsonValueKind.Null, shown.GetProperty("lastSeenAt").ValueKind);
    }

    [Fact]
    public async Task Heartbeat_UnknownSchema_IsAskedFor_AndTheSamplesAreStoredThen()
    {
        await using var agent = await _center.JoinAsync();
        var schema = MetricSchema.Of(["only.here"]);
        var sample = new MetricSample(Now(), schema.Id, [1]);

        var first = await agent.Heartbeat(new Heartbeat(1, null, [sample]));
        Assert.Empty(await StoredAsync(agent));
        var second = await agent.Heartbeat(new Heartbeat(2, schema, [sample]));

        Assert.True(first.SchemaWanted);
        Assert.False(second.SchemaWanted);
        Assert.Single(await StoredAsync(agent));
    }

    [Fact]
    public async Task Heartbeat_Repeated_StoresEachSampleOnce()
    {
        await using var agent = await _center.JoinAsync();
        var heartbeat = new Heartbeat(1, s_schema, [Sample(Now(), 1, 2), Sample(Now().AddSeconds(-10), 3, 4)]);

        await agent.Heartbeat(heartbeat);
        await agent.Heartbeat(heartbeat);

        Assert.Equal(2, (await StoredAsync(agent)).Count);
    }

    [Fact]
    public async Task Heartbeat_BadSamplesAmongGoodOnes_AreCountedAndLeftOut()
    {
        await using var agent = await _center.JoinAsync();
        var before = _center.Get<HeartbeatService>().Rejected;
        var good = Sample(Now(), 5, null);

        await agent.Heartbeat(new Heartbeat(1, s_schema,
        [
            new MetricSample(Now(), s_schema.Id, [1]),
            new MetricSample(Now(), s_schema.Id, [1, 2, 3]),
            good,
        ]));

        Assert.Equal(2, _center.Get<HeartbeatService>().Rejected - before);
        var stored = Assert.Single(await StoredAsync(agent));
        Assert.Equal([5, null], stored.Values);
    }

    [Fact]
    public async Task Heartbeat_SamplesOfTheFuture_StayWithTheAgentUntilTheirTimeHasCome()
    {
        var begun = Now();
        var time = new FakeTimeProvider(begun);
        await using var center = await TestCenter.StartAsync(time);
        await using var agent = await center.JoinAsync();
        var samples = ((int[])[0, 9, 11, 12]).Select(minutes => Sample(begun.AddMinutes(minutes), minutes, null)).ToList();

        Assert.Equal(2, (await agent.Heartbeat(new Heartbeat(1, s_schema, samples))).SamplesTaken);
        Assert.Equal(12 * 60, center.Get<AgentDirectory>().Find(agent.Id)!.ClockAheadSeconds);
        Assert.Equal(2, (await StoredAsync(center, agent)).Count);
        Assert.Equal(0, (await agent.Heartbeat(new Heartbeat(2, s_schema, samples[2..]))).SamplesTaken);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null((await agent.Heartbeat(new Heartbeat(3, s_schema, samples[2..]))).SamplesTaken);
        Assert.Null(center.Get<AgentDirectory>().Find(agent.Id)!.ClockAheadSeconds);
        Assert.Equal(4, (await StoredAsync(center, agent)).Count);
    }

    [Fact]
    public async Task Heartbeat_NumbersBeyondADouble_PoisonNobodysList()
    {
        await using var agent = await _center.EnrolAsync("poisonous");
        using var caller = _center.Client(agent.Credential);
        var at = Now().ToString("O");

        var answer = await caller.PostTextAsync(
            $"/api/v1/agents/{agent.Id}/heartbeat",
            $"{{\"schema\":{{\"id\":\"{s_schema.Id}\",\"series\":[\"cpu.used_percent\",\"load.1m\"]}},"
                + $"\"samples\":[{{\"at\":\"{at}\",\"schema\":\"{s_schema.Id}\",\"values\":[1e999,-1e999]}}]}}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var viewer = _center.Client(Role.Viewer);
        await viewer.GetJsonAsync("/api/v1/agents?q=poisonous");
        await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/metrics");
    }

    [Fact]
    public async Task Heartbeat_TooManySamples_IsRefusedByName()
    {
        await using var agent = await _center.JoinAsync();
        var samples = Enumerable.Range(0, Heartbeat.MaxSamples + 1).Select(i => Sample(Now().AddSeconds(-i), 1, 1)).ToList();

        var fault = await Assert.ThrowsAsync<HubException>(() => agent.Heartbeat(new Heartbeat(1, s_schema, samples)));

        Assert.Contains("request.invalid: samples", fault.Message, StringComparison.Ordinal);
        Answers.RevealsNothing(fault.Message.Replace("HubException", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Heartbeat_BeforeHello_IsRefused()
    {
        await using var agent = await _center.EnrolAsync();
        await agent.OpenAsync();

        var fault = await Assert.ThrowsAsync<HubException>(() => agent.Heartbeat(new Heartbeat()));

        Assert.Contains("Say hello first", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeat_OverRest_ForAnotherAgent_IsForbidden_AndForNobodyUnknown()
    {
        await using var agent = await _center.EnrolAsync("me");
        await using var other = await _center.EnrolAsync("other");
        using var caller = _center.Client(agent.Credential);

        await (await caller.PostTextAsync($"/api/v1/agents/{other.Id}/heartbeat", "{}")).ProblemAsync(HttpStatusCode.Forbidden, "agent.other");
        await (await caller.PostTextAsync($"/api/v1/agents/{Guid.CreateVersion7()}/heartbeat", "{}"))
            .ProblemAsync(HttpStatusCode.NotFound, "agent.unknown");
        Assert.Null(_center.Get<Nerve.Server.Agents.AgentDirectory>().Find(other.Id)!.LastSeenAt);
    }

    [Fact]
    public async Task Heartbeat_OverRest_AfterTheAgentWasRemoved_IsUnknown()
    {
        await using var agent = await _center.EnrolAsync("removed");
        using var caller = _center.Client(agent.Credential);
        using var operatorClient = _center.Client(Role.Operator);
        await operatorClient.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);

        var answer = await caller.PostAsJsonAsync($"/api/v1/agents/{agent.Id}/heartbeat", new { }, TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.NotFound, "agent.unknown");
    }

    [Fact]
    public async Task AcknowledgedHeartbeats_StoreThatFailsAndACenterThatRestarts_LoseNothing()
    {
        var store = new FaultyHeartbeatStore();
        var center = await TestCenter.StartAsync(adjust: services => Wrap(services, store));
        try
        {
            await using var agent = await center.JoinAsync();
            var start = Now();
            var acknowledged = new List<DateTimeOffset>();
            for (var i = 0; i < 20; i++)
            {
                store.IsAway = i % 5 == 3;
                var sending = agent.Heartbeat(new Heartbeat(i, s_schema, [Sample(start.AddMilliseconds(i), i, i)]));
                if (store.IsAway)
                {
                    var attempts = store.Attempts;
                    await Eventually.HoldsAsync(() => store.Attempts > attempts || sending.IsCompleted);
                    store.IsAway = false;
                }

                await sending.WithinLimitAsync();
                acknowledged.Add(start.AddMilliseconds(i));
            }

            center = await center.StartAgainAsync();
            var stored = await center.Get<IMetricStore>().ReadAsync(agent.Id, start, start.AddHours(1), 1000, TestCenter.Cancelled);
            Assert.Equal(acknowledged, stored.Select(sample => sample.At));
        }
        finally
        {
            await center.DisposeAsync();
        }
    }

    [Fact]
    public async Task SystemStatus_TellsAboutIngestion()
    {
        await using var agent = await _center.JoinAsync();
        await agent.Heartbeat(new Heartbeat(1, s_schema, [Sample(Now(), 1, 1)]));
        using var viewer = _center.Client(Role.Viewer);

        var status = await viewer.GetJsonAsync("/api/v1/system");
        var prometheus = await viewer.GetStringAsync("/metrics", TestCenter.Cancelled);

        Assert.True(status.GetProperty("ingestion").GetProperty("written").GetInt64() >= 1);
        Assert.Equal(10_000, status.GetProperty("ingestion").GetProperty("capacity").GetInt32());
        Assert.Contains("nerve_heartbeats_written_total", prometheus, StringComparison.Ordinal);
        Assert.Contains("nerve_agents{status=\"online\"}", prometheus, StringComparison.Ordinal);
    }

    /// <summary>Liveness is ahead of bulk: what the store does with the samples decides nothing about who is there.</summary>
    [Fact]
    public async Task Heartbeat_WhileTheStoreIsHeldUp_IsASignOfLifeAtOnce()
    {
        var store = new FaultyHeartbeatStore();
        await using var center = await TestCenter.StartAsync(adjust: services => Wrap(services, store));
        await using var agent = await center.JoinAsync();
        await agent.Goodbye(new Goodbye("stopping"));
        Assert.Equal(AgentStatus.Offline, center.StatusOf(agent));
        store.Hold();

        var sending = agent.Heartbeat(new Heartbeat(1, s_schema, [Sample(Now(), 1, 2)]));
        await Eventually.HoldsAsync(() => center.StatusOf(agent) == AgentStatus.Online);

        Assert.False(sending.IsCompleted);
        store.Release();
        await sending.WithinLimitAsync();
    }

    private static void Wrap(IServiceCollection services, FaultyHeartbeatStore store)
    {
        var real = services.Last(service => service.ServiceType == typeof(IHeartbeatStore)).ImplementationType!;
        services.AddSingleton<IHeartbeatStore>(provider =>
        {
            store.Real = (IHeartbeatStore)ActivatorUtilities.CreateInstance(provider, real);
            return store;
        });
    }

    private Task<IReadOnlyList<MetricSample>> StoredAsync(ScriptedAgent agent) => StoredAsync(_center, agent);

    private static Task<IReadOnlyList<MetricSample>> StoredAsync(TestCenter center, ScriptedAgent agent) =>
        center.Get<IMetricStore>().ReadAsync(agent.Id, Now().AddDays(-1), Now().AddDays(1), 1000, TestCenter.Cancelled);

    private static MetricSample Sample(DateTimeOffset at, double? cpu, double? load) => new(at, s_schema.Id, [cpu, load]);

    private static DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
