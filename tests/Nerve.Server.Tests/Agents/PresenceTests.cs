using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Operations;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>Liveness through the whole center: real links, virtual time.</summary>
public sealed class PresenceTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time);

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task SilentAgentOnAnOpenLink_IsOfflineAtNinetySeconds()
    {
        await using var agent = await _center.JoinAsync();
        Assert.Equal(AgentStatus.Online, _center.StatusOf(agent));

        Assert.InRange(await SecondsUntilOfflineAsync(agent), 88, 92);
    }

    [Fact]
    public async Task DroppedLink_IsSuspect_ThenOffline_AndOnlineAgainWithTheNextHello()
    {
        await using var agent = await _center.JoinAsync();
        await agent.CutAsync();
        await Eventually.HoldsAsync(() => _center.StatusOf(agent) == AgentStatus.Suspect);

        Assert.InRange(await SecondsUntilOfflineAsync(agent), 88, 92);
        await agent.ConnectAsync();
        Assert.Equal(AgentStatus.Online, _center.StatusOf(agent));
    }

    [Fact]
    public async Task Goodbye_IsOfflineAtOnce_WhileTheLinkIsStillOpen()
    {
        await using var agent = await _center.JoinAsync();

        await agent.Goodbye(new Goodbye("stopping"));

        Assert.Equal(AgentStatus.Offline, _center.StatusOf(agent));
    }

    [Fact]
    public async Task OldLinkNoticedDead_AfterTheNewOneIsUp_StaysOnline()
    {
        await using var agent = await _center.JoinAsync();
        var old = agent.Abandon();
        await agent.ConnectAsync();

        await old.DisposeAsync();
        await Eventually.HoldsAsync(() => _center.Get<Gateway.AgentSessions>().Count == 1);

        Assert.Equal(AgentStatus.Online, _center.StatusOf(agent));
        Assert.True(_center.Get<LivenessTracker>().IsConnected(agent.Id));
    }

    /// <summary>Without the store nobody's credential can be checked, so nobody who comes back is heard.</summary>
    [Fact]
    public async Task StoreAway_AgentWithoutALinkIsNotCalledOffline_OneOnAnOpenLinkIs_AndAfterwardsBothAreWatchedAgain()
    {
        await using var silent = await _center.JoinAsync("silent");
        await using var cut = await _center.JoinAsync("cut");
        var health = _center.Get<StoreHealth>();
        health.Silent(writing: true);
        await cut.CutAsync();
        await Eventually.HoldsAsync(() => _center.StatusOf(cut) == AgentStatus.Suspect);

        for (var minute = 0; minute < 5; minute++)
        {
            await PassAsync(60);
            health.Silent(writing: true);
        }

        Assert.Equal(AgentStatus.Offline, _center.StatusOf(silent));
        Assert.Equal(AgentStatus.Suspect, _center.StatusOf(cut));

        health.Wrote();
        await PassAsync(88);
        Assert.Equal(AgentStatus.Suspect, _center.StatusOf(cut));
        await PassAsync(4);
        Assert.Equal(AgentStatus.Offline, _center.StatusOf(cut));
    }

    [Fact]
    public async Task FrozenCenter_NobodyIsFalselyOffline_AndTheDeadOneIsFound()
    {
        await using var alive = await _center.JoinAsync("alive");
        await using var dead = await _center.JoinAsync("dead");
        await dead.CutAsync();
        await Eventually.HoldsAsync(() => _center.StatusOf(dead) == AgentStatus.Suspect);

        _time.Advance(TimeSpan.FromMinutes(30));
        await SweptAsync();

        Assert.Equal(AgentStatus.Online, _center.StatusOf(alive));
        Assert.Equal(AgentStatus.Suspect, _center.StatusOf(dead));
        Assert.InRange(await SecondsUntilOfflineAsync(dead), 88, 92);
    }

    [Fact]
    public async Task RestartedCenter_NobodyIsFalselyOffline_AndTheDeadOneIsFound()
    {
        await using var alive = await _center.JoinAsync("alive");
        await using var dead = await _center.JoinAsync("dead");
        await using var left = await _center.JoinAsync("left");
        await left.LeaveAsync();

        await _center.StopAsync();
        _time.Advance(TimeSpan.FromHours(2));
        var former = _center;
        _center = await former.StartAgainAsync(_time);

        Assert.Equal(AgentStatus.Suspect, _center.StatusOf(alive));
        Assert.Equal(AgentStatus.Suspect, _center.StatusOf(dead));
        Assert.Equal(AgentStatus.Offline, _center.StatusOf(left));

        alive.Center = _center.Address;
        await alive.ConnectAsync();
        Assert.Equal(AgentStatus.Online, _center.StatusOf(alive));
        for (var half = 0; half < 2; half++)
        {
            await PassAsync(45);
            await alive.Heartbeat(new Heartbeat());
        }

        Assert.Equal(AgentStatus.Online, _center.StatusOf(alive));
        await PassAsync(2);
        Assert.Equal(AgentStatus.Offline, _center.StatusOf(dead));
    }

    [Fact]
    public async Task RemovedAgent_LosesItsLink_AndIsUnknownFromThenOn()
    {
        await using var agent = await _center.JoinAsync();
        using var operatorClient = _center.Client(Nerve.Server.Identity.Role.Operator);

        var answer = await operatorClient.DeleteAsync($"/api/v1/agents/{agent.Id}", TestCenter.Cancelled);

        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
        await agent.Closed.WithinLimitAsync();
        Assert.Null(_center.Get<AgentDirectory>().Find(agent.Id));
    }

    private async Task<int> SecondsUntilOfflineAsync(ScriptedAgent agent)
    {
        for (var second = 0; second < 200; second++)
        {
            if (_center.StatusOf(agent) == AgentStatus.Offline)
            {
                return second;
            }

            await PassAsync(1);
        }

        return int.MaxValue;
    }

    /// <summary>Time in which the center runs: it sweeps every second.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await SweptAsync();
        }
    }

    private Task SweptAsync() => Eventually.HoldsAsync(() => _center.Get<LivenessTracker>().SinceSweep == TimeSpan.Zero);
}
