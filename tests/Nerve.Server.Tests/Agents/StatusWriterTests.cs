using Microsoft.Extensions.DependencyInjection;
using Nerve.Server.Agents;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>Statuses on their way into a real database that is slow.</summary>
public sealed class StatusWriterTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _database = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HesitantAgentStore _store = null!;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(adjust: services =>
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
        var hello = agents[1].ConnectAsync();
        await Eventually.HoldsAsync(() => _center.StatusOf(agents[1]) == AgentStatus.Online);
        _database.SetResult();
        await hello;

        Assert.Equal([AgentStatus.Suspect, AgentStatus.Online], await StoredAsync(agents));
    }

    [Fact]
    public async Task StoreAsync_ItsChangeIsBeingStoredByAnother_ReturnsWhenThatIsDone()
    {
        var agents = await JoinAsync(1);
        BeSlow();
        var writer = _center.Get<StatusWriter>();
        writer.Add(new StatusChange(agents[0].Id, AgentStatus.Offline, DateTimeOffset.UtcNow));

        var first = writer.StoreAsync(TestCenter.Cancelled);
        var second = writer.StoreAsync(TestCenter.Cancelled);
        Assert.False(second.IsCompleted);
        _database.SetResult();
        await Task.WhenAll(first, second);

        Assert.Single(_store.StatusWrites);
        Assert.Equal([AgentStatus.Offline], await StoredAsync(agents));
    }

    [Fact]
    public async Task StoreAsync_ItsCallerLeavesWhileItWaits_ChangeIsStoredByTheNext()
    {
        var agents = await JoinAsync(2);
        BeSlow();
        var writer = _center.Get<StatusWriter>();
        writer.Add(new StatusChange(agents[0].Id, AgentStatus.Offline, DateTimeOffset.UtcNow));
        var first = writer.StoreAsync(TestCenter.Cancelled);
        using var leaving = new CancellationTokenSource();
        writer.Add(new StatusChange(agents[1].Id, AgentStatus.Offline, DateTimeOffset.UtcNow));
        var left = writer.StoreAsync(leaving.Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WithinLimitAsync());
        _database.SetResult();
        await first;
        await writer.StoreAsync(TestCenter.Cancelled);

        Assert.Equal([AgentStatus.Offline, AgentStatus.Offline], await StoredAsync(agents));
    }

    private void BeSlow()
    {
        _store.StatusWrites.Clear();
        _store.StatusMayBeWritten = _database.Task;
    }

    private async Task<IReadOnlyList<ScriptedAgent>> JoinAsync(int count)
    {
        var agents = new List<ScriptedAgent>();
        for (var i = 0; i < count; i++)
        {
            agents.Add(await _center.JoinAsync($"host-{i}"));
        }

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
