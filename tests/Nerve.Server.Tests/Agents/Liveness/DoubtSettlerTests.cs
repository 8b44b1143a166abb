using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Liveness;
using Nerve.Server.Ingestion;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents.Liveness;

/// <summary>Another node is gone without a word. Whether it is dead or only out of touch, the store knows: a node that lives writes down whom it hears.</summary>
public sealed class DoubtSettlerTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly OtherNode _other = new();
    private volatile bool _isStoreAway;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time, services =>
    {
        services.AddSingleton<INodeBus>(_other);
        FailingStore.Put<IAgentStore>(services, name => _isStoreAway && name == nameof(IAgentStore.FindManyAsync));
    });

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    /// <summary>Without a link it reports over REST, and nothing of it was cut.</summary>
    [Theory]
    [InlineData(true, AgentStatus.Suspect)]
    [InlineData(false, AgentStatus.Online)]
    public async Task Node_OutOfTouch_ItsAgentIsNotOfflineAsLongAsItIsHeard(bool hasLink, AgentStatus meanwhile)
    {
        var agent = await LearnAsync(hasLink: hasLink);
        _center.Get<PresenceService>().NodeGone(OtherNode.Name, saidSo: false);
        await PassAsync(60);
        var seen = await HearElsewhereAsync(agent);

        await PassAsync(31);
        await Eventually.HoldsAsync(() => Known(agent).LastSeenAt == seen);
        await PassAsync(88);
        Assert.Equal(meanwhile, Known(agent).Status);

        await PassAsync(8);
        await Eventually.HoldsAsync(() => Known(agent).Status == AgentStatus.Offline);
    }

    /// <summary>It was started while the other was out of touch already, and knows only what the nodes had kept of the host.</summary>
    [Fact]
    public async Task Start_HostThatReportsOverRestElsewhere_IsNotOfflineAsLongAsItIsHeard()
    {
        var agent = await LearnAsync(hasLink: false);
        var kept = new AgentState(agent, 0, null, AgentStatus.Online, _time.UtcMilliseconds(), _time.UtcMilliseconds(), 0, null);
        _center = await _center.StartAgainAsync(_time, services => services.AddSingleton<IFleetState>(new Kept(kept)));
        await PassAsync(60);
        await HearElsewhereAsync(agent);

        await PassAsync(88);
        Assert.NotEqual(AgentStatus.Offline, Known(agent).Status);

        await PassAsync(36);
        await Eventually.HoldsAsync(() => Known(agent).Status == AgentStatus.Offline);
    }

    [Fact]
    public async Task Node_Dead_ItsAgentIsOfflineAtItsDeadline()
    {
        var agent = await LearnAsync();
        _center.Get<PresenceService>().NodeGone(OtherNode.Name, saidSo: false);

        await PassAsync(88);
        Assert.Equal(AgentStatus.Suspect, Known(agent).Status);
        await PassAsync(4);
        await Eventually.HoldsAsync(() => Known(agent).Status == AgentStatus.Offline);
    }

    /// <summary>Nodes' clocks differ: that of the other is an hour behind.</summary>
    [Fact]
    public async Task Node_OutOfTouchWithAClockThatIsBehind_ItsAgentIsHeardAllTheSame()
    {
        var agent = await LearnAsync(ahead: TimeSpan.FromHours(-1));
        _center.Get<PresenceService>().NodeGone(OtherNode.Name, saidSo: false);
        await PassAsync(60);
        var seen = await HearElsewhereAsync(agent, ahead: TimeSpan.FromHours(-1));

        await PassAsync(31);

        await Eventually.HoldsAsync(() => Known(agent).LastSeenAt == seen);
        Assert.Equal(AgentStatus.Suspect, Known(agent).Status);
    }

    [Fact]
    public async Task Node_Gone_WhileTheStoreCannotBeRead_NobodyIsJudged()
    {
        var agent = await LearnAsync();
        _center.Get<PresenceService>().NodeGone(OtherNode.Name, saidSo: false);
        _isStoreAway = true;

        await PassAsync(92);
        await Eventually.HoldsAsync(() => _center.Logs.Lines.Any(line => line.Contains("a node that is gone could not be read", StringComparison.Ordinal)));
        Assert.Equal(AgentStatus.Suspect, Known(agent).Status);

        _isStoreAway = false;
        await PassAsync(2);
        await Eventually.HoldsAsync(() => Known(agent).Status == AgentStatus.Offline);
    }

    private AgentSummary Known(Guid agent) => _center.Get<AgentDirectory>().Find(agent)!;

    /// <summary>An agent that the other node heard just now, and whose link ends there if it has one.</summary>
    private async Task<Guid> LearnAsync(TimeSpan ahead = default, bool hasLink = true)
    {
        await using var agent = await _center.EnrolAsync();
        await HearElsewhereAsync(agent.Id, ahead);
        _other.TellOnline(agent.Id, _time.UtcMilliseconds() + ahead, hasLink: hasLink);
        await Eventually.HoldsAsync(() => Known(agent.Id).Status == AgentStatus.Online);
        return agent.Id;
    }

    /// <summary>The other node writes down that it hears the agent; nobody tells this one.</summary>
    private async Task<DateTimeOffset> HearElsewhereAsync(Guid agent, TimeSpan ahead = default)
    {
        var now = _time.UtcMilliseconds() + ahead;
        await _center.Get<IHeartbeatStore>().WriteAsync([new HeartbeatWrite(agent, now, [])], TestCenter.Cancelled);
        return now;
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

    private sealed class Kept(AgentState state) : IFleetState
    {
        public Task SaveAsync(IReadOnlyCollection<AgentState> states, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RemoveAsync(Guid agentId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<AgentState>> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AgentState>>([state]);
    }
}
