using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Nodes;

/// <summary>What this node finds out comes to the others, even if it cannot be told at once.</summary>
public sealed class NewsSenderTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly OtherNode _other = new();
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() =>
        _center = await TestCenter.StartAsync(_time, services => services.AddSingleton<INodeBus>(_other));

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Goodbye_WhileNobodyCanBeTold_IsToldAfterwards()
    {
        await using var agent = await _center.JoinAsync();
        await PassUntilAsync(() => _other.LastOf(agent.Id)?.Status == AgentStatus.Online);
        _other.IsConnected = false;

        await agent.Goodbye(new Goodbye("stopping"));
        await PassAsync();
        Assert.Equal(AgentStatus.Online, _other.LastOf(agent.Id)?.Status);

        _other.IsConnected = true;
        await PassUntilAsync(() => _other.LastOf(agent.Id)?.Status == AgentStatus.Offline);
    }

    [Fact]
    public async Task Removal_WhileNobodyCanBeTold_IsToldAfterwards()
    {
        await using var agent = await _center.EnrolAsync();
        _other.IsConnected = false;
        using var admin = _center.Client(Role.Admin);

        await admin.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);
        await PassAsync();
        _other.IsConnected = true;

        await PassUntilAsync(() => _other.HasHeard(new AgentRemoved(agent.Id)));
    }

    [Fact]
    public async Task Stop_WhatHappenedJustBefore_IsTold()
    {
        await using var agent = await _center.EnrolAsync();
        using var admin = _center.Client(Role.Admin);
        await admin.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);

        await _center.StopAsync();

        Assert.True(_other.HasHeard(new AgentRemoved(agent.Id)));
    }

    [Fact]
    public async Task OtherNodeWasAway_AgentHeardHereWithoutALink_IsToldAgain()
    {
        await using var agent = await _center.EnrolAsync();
        using var client = _center.Client(agent.Credential);
        (await client.PostAsJsonAsync($"/api/v1/agents/{agent.Id}/heartbeat", new Heartbeat(), TestCenter.Cancelled)).EnsureSuccessStatusCode();
        await PassUntilAsync(() => _other.LastOf(agent.Id)?.Status == AgentStatus.Online);
        lock (_other.Heard)
        {
            _other.Heard.Clear();
        }

        _other.Tell(new WasAway());

        await PassUntilAsync(() => _other.LastOf(agent.Id) is { Status: AgentStatus.Online, Node: null });
    }

    /// <summary>Time in which the sender looks several times what there is to tell.</summary>
    private Task PassAsync()
    {
        var steps = 0;
        return PassUntilAsync(() => ++steps == 100);
    }

    private Task PassUntilAsync(Func<bool> condition) => Eventually.HoldsAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(50));
        return condition();
    });
}
