using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Nerve.Protocol.Inventories;
using Nerve.Server.Identity;
using Nerve.Server.Live;
using Nerve.Server.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Live;

public sealed class LiveFeedTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Fleet_AgentComesAndGoes_EveryWatchingBrowserSeesIt()
    {
        await using var first = await Browser.OpenAsync(_center, Role.Viewer);
        await using var second = await Browser.OpenAsync(_center, Role.Admin);
        await first.WatchAsync("fleet");
        await second.WatchAsync("fleet");

        await using var agent = await _center.JoinAsync("comes-and-goes");
        await SeeStatusAsync(first, agent, "online");
        await SeeStatusAsync(second, agent, "online");
        await agent.LeaveAsync();
        await SeeStatusAsync(first, agent, "offline");
        await SeeStatusAsync(second, agent, "offline");
    }

    [Fact]
    public async Task Fleet_AgentIsEnrolled_SaysWhich_AndOfOneThatIsKnownOnlyItsValues()
    {
        await using var known = await _center.JoinAsync("known");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync("fleet");

        await using var added = await _center.EnrolAsync("added");
        await browser.SeesAsync("fleet", "agentAdded", data => data.GetProperty("id").GetGuid() == added.Id);
        await known.SendAsync(DateTimeOffset.UtcNow, ("cpu.used_percent", 12.5));
        await known.LeaveAsync();
        await SeeStatusAsync(browser, known, "offline");
        await known.ConnectAsync();
        await SeeStatusAsync(browser, known, "online");

        Assert.DoesNotContain(browser.Events, message => message.Type == "agentAdded" && message.Data.GetProperty("id").GetGuid() == known.Id);
    }

    [Fact]
    public async Task Fleet_AgentIsRemoved_SaysWhich()
    {
        await using var agent = await _center.EnrolAsync("removed");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync("fleet");
        using var client = _center.Client(Role.Operator);

        await client.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);

        await browser.SeesAsync("fleet", "agentRemoved", data => data.GetProperty("id").GetGuid() == agent.Id);
    }

    [Fact]
    public async Task Watch_MoreTopicsThanALinkMay_IsRefused_AndThoseItHasGoOn()
    {
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => browser.WatchAsync($"agent:{Guid.NewGuid()}")));

        var refused = await Assert.ThrowsAsync<HubException>(() => browser.WatchAsync("fleet"));
        Assert.Contains("topic.tooMany", refused.Message, StringComparison.Ordinal);

        await using var other = await Browser.OpenAsync(_center, Role.Viewer);
        await other.WatchAsync("fleet");
        await browser.DisposeAsync();
        await using var agent = await _center.JoinAsync("watched-on");
        await SeeStatusAsync(other, agent, "online");
    }

    [Fact]
    public async Task BrowserThatReadsNothing_IsCutOff_AndTheOthersMissNothing()
    {
        var (feed, topics) = (_center.Get<LiveFeed>(), _center.Get<LiveTopics>());
        var (both, deafOnly) = ($"task:{Guid.NewGuid()}", $"task:{Guid.NewGuid()}");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync(both);
        await using var deaf = await DeafLink.OpenAsync(_center, "/hubs/live", _center.Token(Role.Viewer));
        await deaf.CallAsync("Watch", $"\"{both}\"");
        await deaf.CallAsync("Watch", $"\"{deafOnly}\"");
        await Eventually.HoldsAsync(() => topics.IsWatched(deafOnly));
        var text = new string('x', 10_000);

        var told = 0;
        while (topics.IsWatched(deafOnly))
        {
            // What fits on the way to it differs from machine to machine.
            Assert.InRange(told, 0, 100_000);
            for (var end = told + 50; told < end; told++)
            {
                feed.Repeat(new LiveNews(both, "task", JsonSerializer.SerializeToElement(new { number = told, text })));
            }

            await Eventually.HoldsAsync(() => browser.Events.Count() == told);
        }

        Assert.True(topics.IsWatched(both));
        Assert.Equal(Enumerable.Range(0, told), browser.Events.Select(message => message.Data.GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task Agent_MetricsInventoryAndLabels_AreTold()
    {
        await using var agent = await _center.JoinAsync("watched");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        var topic = $"agent:{agent.Id}";
        await browser.WatchAsync(topic);
        using var client = _center.Client(Role.Operator);

        await agent.SendAsync(DateTimeOffset.UtcNow, ("cpu.used_percent", 37.5), ("disk.busy_percent{disk=\"sda\"}", null));
        await agent.ReportInventory(new Inventory { Cpu = new CpuInfo { Model = "seen live" } });
        await client.PatchAsJsonAsync($"/api/v1/agents/{agent.Id}", new { labels = new { rack = "r1" } }, TestCenter.Cancelled);

        var metrics = await browser.SeesAsync(topic, "metrics", _ => true);
        Assert.Equal(37.5, metrics.GetProperty("values").GetProperty("cpu.used_percent").GetDouble());
        Assert.Equal(JsonValueKind.Null, metrics.GetProperty("values").GetProperty("disk.busy_percent{disk=\"sda\"}").ValueKind);
        await browser.SeesAsync(topic, "inventory", data => data.GetProperty("hash").GetString()!.Length == 64);
        await browser.SeesAsync(topic, "agent", data => data.GetProperty("cpuModel").GetString() == "seen live"
            && data.GetProperty("labels").TryGetProperty("rack", out _));
    }

    [Fact]
    public async Task Task_FromStartToEnd_IsToldOnBothTopics()
    {
        await using var agent = await _center.JoinAsync("worker");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync("tasks");
        var task = await _center.CommandAsync(agent);
        await browser.WatchAsync($"task:{task}");
        await browser.SeesAsync("tasks", "task", data => data.GetProperty("id").GetGuid() == task && State(data) == "pending");

        var run = (await agent.NextRunAsync(task)).RunId;
        await agent.StartAsync(run);
        await browser.SeesAsync($"task:{task}", "run", data => data.GetProperty("agentId").GetGuid() == agent.Id && State(data) == "running");
        await agent.FinishAsync(run);

        await browser.SeesAsync($"task:{task}", "run", data => State(data) == "succeeded");
        await browser.SeesAsync($"task:{task}", "task", data => State(data) == "succeeded"
            && data.GetProperty("counts").GetProperty("succeeded").GetInt32() == 1);
        await browser.SeesAsync("tasks", "task", data => data.GetProperty("id").GetGuid() == task && State(data) == "succeeded");
    }

    [Fact]
    public async Task Task_WithALongScript_IsToldAndListedWithItsBeginning_AndReadWhole()
    {
        var script = "#!/bin/sh\n" + string.Concat(Enumerable.Repeat("echo 0123456789\n", 20_000));
        await using var agent = await _center.JoinAsync("scripted");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync("tasks");

        var task = (await (await _center.PostTaskAsync(new { kind = "script", script, target = new { agents = new[] { agent.Id } } })).JsonAsync())
            .GetProperty("id").GetGuid();

        var told = await browser.SeesAsync("tasks", "task", data => data.GetProperty("id").GetGuid() == task);
        using var viewer = _center.Client(Role.Viewer);
        var listed = (await viewer.GetJsonAsync("/api/v1/tasks")).GetProperty("items").EnumerateArray()
            .Single(item => item.GetProperty("id").GetGuid() == task);
        foreach (var brief in new[] { told, listed })
        {
            Assert.StartsWith(brief.GetProperty("script").GetString()!, script, StringComparison.Ordinal);
            Assert.InRange(brief.GetProperty("script").GetString()!.Length, 1000, 10_000);
            Assert.True(brief.GetProperty("abridged").GetBoolean());
        }

        var whole = await _center.TaskAsync(task);
        Assert.Equal(script, whole.GetProperty("script").GetString());
        Assert.False(whole.TryGetProperty("abridged", out _));
    }

    [Fact]
    public async Task Unwatch_EndsTheEvents()
    {
        await using var witness = await Browser.OpenAsync(_center, Role.Viewer);
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await witness.WatchAsync("fleet");
        await browser.WatchAsync("fleet");
        await browser.UnwatchAsync("fleet");

        await using var agent = await _center.JoinAsync("unwatched");
        await SeeStatusAsync(witness, agent, "online");

        Assert.Empty(browser.Events);
    }

    [Fact]
    public async Task Watch_AnyCaseOfAnId_IsTheSameTopic()
    {
        await using var agent = await _center.JoinAsync("upper-case");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync($"agent:{agent.Id.ToString().ToUpperInvariant()}");

        await agent.SendAsync(DateTimeOffset.UtcNow, ("load.1m", 1));

        await browser.SeesAsync($"agent:{agent.Id}", "metrics", _ => true);
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("agent:node-1")]
    [InlineData("task:")]
    [InlineData("users")]
    [InlineData("")]
    public async Task Watch_UnknownTopic_IsRefused(string topic)
    {
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);

        var fault = await Assert.ThrowsAsync<HubException>(() => browser.WatchAsync(topic));

        Assert.Contains("topic.unknown", fault.Message, StringComparison.Ordinal);
    }

    private static async Task SeeStatusAsync(Browser browser, ScriptedAgent agent, string status) => await browser.SeesAsync(
        "fleet", "agents", data => data.EnumerateArray().Any(row =>
            row.GetProperty("id").GetGuid() == agent.Id && row.GetProperty("status").GetString() == status));

    private static string? State(JsonElement data) => data.GetProperty("state").GetString();
}
