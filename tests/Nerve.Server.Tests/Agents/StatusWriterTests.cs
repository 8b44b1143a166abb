using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>Statuses on their way into a real database that is slow.</summary>
public sealed class StatusWriterTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TaskCompletionSource _database = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HesitantAgentStore _store = null!;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time, services =>
        {
            var real = services.Last(service => service.ServiceType == typeof(IAgentStore)).ImplementationType!;
            services.AddSingleton<IAgentStore>(provider => _store = new HesitantAgentStore((IAgentStore)ActivatorUtilities.CreateInstance(provider, real)));
        });
        _ = _center.Get<IAgentStore>();
    }

    public async ValueTask DisposeAsync()
    {
        _database.TrySetResult();
        await _center.DisposeAsync();
    }

    [Fact]
    public async Task LinksThatBreakWhileAStatusIsBeingStored_AreStoredTogether()
    {
        var agents = await JoinAsync(12);
        BeSlow();
        await agents[0].CutAsync();
        await Eventually.HoldsAsync(() => _store.StatusWrites.Count == 1);

        await Task.WhenAll(agents.Skip(1).Select(agent => agent.CutAsync()));
        await Eventually.HoldsAsync(() => agents.All(agent => _center.StatusOf(agent) == AgentStatus.Suspect));
        _database.SetResult();

        await Eventually.HoldsAsync(async () => (await StoredAsync(agents)).All(status => status == AgentStatus.Suspect));
        Assert.Equal([1, 11], _store.StatusWrites.Select(write => write.Count));
    }

    [Fact]
    public async Task LinkThatComesBackBeforeItsLossIsStored_IsOnline()
    {
        var agents = await JoinAsync(2);
        BeSlow();
        await agents[0].CutAsync();
        await Eventually.HoldsAsync(() => _store.StatusWrites.Count == 1);

        await agents[1].CutAsync();
        await Eventually.HoldsAsync(() => _center.StatusOf(agents[1]) == AgentStatus.Suspect);
        await agents[1].ConnectAsync();
        _database.SetResult();

        await Eventually.HoldsAsync(() => _store.StatusWrites.Count == 2);
        Assert.Equal([agents[1].Id], _store.StatusWrites.Last().Select(change => change.AgentId));
        await Eventually.HoldsAsync(async () => await StoredAsync(agents) is [AgentStatus.Suspect, AgentStatus.Online]);
    }

    [Fact]
    public async Task StoreThatDoesNotAnswer_HellosAreAnswered_AndWhoIsSilentIsFound()
    {
        var agents = await JoinAsync(2);
        BeSlow();
        await agents[0].CutAsync();
        await Eventually.HoldsAsync(() => _store.StatusWrites.Count == 1);

        await agents[0].ConnectAsync().WithinLimitAsync();
        await PassAsync(92);

        Assert.All(agents, agent => Assert.Equal(AgentStatus.Offline, _center.StatusOf(agent)));
    }

    [Fact]
    public async Task StatusThatCouldNotBeStored_IsStoredLater_UnlessThereIsANewerOne()
    {
        var agents = await JoinAsync(2);
        BeSlow();
        await Task.WhenAll(agents.Select(agent => agent.CutAsync()));
        await Eventually.HoldsAsync(() => _store.StatusWrites.Count >= 1 && agents.All(agent => _center.StatusOf(agent) == AgentStatus.Suspect));
        await agents[1].ConnectAsync();

        _store.StatusMayBeWritten = Task.CompletedTask;
        _database.SetException(new TimeoutException("the database is away"));

        await Eventually.HoldsAsync(async () => await StoredAsync(agents) is [AgentStatus.Suspect, AgentStatus.Online]);
    }

    [Fact]
    public async Task Stop_WhatWaitsIsStored()
    {
        var agents = await JoinAsync(1);
        BeSlow();
        await agents[0].LeaveAsync();
        await Eventually.HoldsAsync(() => _store.StatusWrites.Count == 1);

        var stopping = _center.StopAsync();
        _store.StatusMayBeWritten = Task.CompletedTask;
        await stopping;

        _center = await _center.StartAgainAsync();
        Assert.Equal(AgentStatus.Offline, _center.StatusOf(agents[0]));
    }

    private void BeSlow()
    {
        _store.StatusWrites.Clear();
        _store.StatusMayBeWritten = _database.Task;
    }

    /// <summary>Time in which the center runs: it sweeps every second.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.HoldsAsync(() => _center.Get<LivenessTracker>().SinceSweep == TimeSpan.Zero);
        }
    }

    private async Task<IReadOnlyList<ScriptedAgent>> JoinAsync(int count)
    {
        var agents = new List<ScriptedAgent>();
        for (var i = 0; i < count; i++)
        {
            agents.Add(await _center.JoinAsync($"host-{i}"));
        }

        await Eventually.HoldsAsync(async () => (await StoredAsync(agents)).All(status => status == AgentStatus.Online));
        return agents;
    }

    private async Task<IReadOnlyList<AgentStatus>> StoredAsync(IReadOnlyList<ScriptedAgent> agents)
    {
        var stored = new List<AgentStatus>();
        foreach (var agent in agents)
        {
            stored.Add((await _store.FindAsync(agent.Id, TestCenter.Cancelled))!.Status);
        }

        return stored;
    }
}
