using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Nodes;

/// <summary>What another node tells counts here at once, however slow the store is.</summary>
public sealed class NewsReceiverTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly OtherNode _other = new();
    private readonly OldCopies _copies = new();
    private HesitantAgentStore _store = null!;
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time, services =>
        {
            services.AddSingleton<INodeBus>(_other);
            services.AddSingleton<INodeRegistry>(_other);
            services.AddSingleton<IFleetState>(_copies);
            var real = services.Last(service => service.ServiceType == typeof(IAgentStore)).ImplementationType!;
            services.AddSingleton<IAgentStore>(provider => _store = new HesitantAgentStore((IAgentStore)ActivatorUtilities.CreateInstance(provider, real)));
        });
        _ = _center.Get<IAgentStore>();
    }

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task States_WhileTheStoreIsSlow_OfAKnownAgent_CountAtOnce()
    {
        var (known, enrolled) = (await LearnAsync(), await EnrolElsewhereAsync());
        _other.Tell(new AgentsEdited([enrolled]));
        await Eventually.HoldsAsync(() => _store.Asked == 1);

        _other.TellOnline(known, _time.UtcMilliseconds());

        await Eventually.HoldsAsync(() => StatusOf(known) == AgentStatus.Online);
        Assert.Null(StatusOf(enrolled));
    }

    [Fact]
    public async Task States_BeforeTheAgentWasRead_CountAsSoonAsItIs()
    {
        var agent = await EnrolElsewhereAsync();
        _other.Tell(new AgentsEdited([agent]));
        _other.TellOnline(agent, _time.UtcMilliseconds());
        await Eventually.HoldsAsync(() => _store.Asked == 1);

        _store.Answer();

        await Eventually.HoldsAsync(() => StatusOf(agent) == AgentStatus.Online);
    }

    [Fact]
    public async Task States_OfAnAgentThatNobodyAnnounced_MakeItKnown()
    {
        var agent = await EnrolElsewhereAsync();
        _store.Answer();

        _other.TellOnline(agent, _time.UtcMilliseconds());

        await Eventually.HoldsAsync(() => StatusOf(agent) == AgentStatus.Online);
    }

    [Fact]
    public async Task Edited_AnAgentEnrolledAtAnotherNode_IsToldToBrowsersHereAsAdded()
    {
        var (known, enrolled) = (await LearnAsync(), await EnrolElsewhereAsync());
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        await browser.WatchAsync("fleet");

        _other.Tell(new AgentsEdited([known, enrolled]));
        await Eventually.HoldsAsync(() => _store.Asked == 1);
        _store.Answer();

        await browser.SeesAsync("fleet", "agentAdded", data => data.GetProperty("id").GetGuid() == enrolled);
        Assert.Single(browser.Events, message => message.Type == "agentAdded");
    }

    [Fact]
    public async Task States_ClockFarAhead_IsSaidHereTooUntilItIsNot()
    {
        var agent = await LearnAsync();
        var now = _time.UtcMilliseconds();
        var state = new AgentState(agent, 1, OtherNode.Name, AgentStatus.Online, now, now, 0, null, TimeSpan.FromMinutes(11));

        _other.Tell(new AgentStates([state]));
        await Eventually.HoldsAsync(() => ClockOf(agent) == 11 * 60);
        _other.Tell(new AgentStates([state with { ClockAhead = null }]));
        await Eventually.HoldsAsync(() => ClockOf(agent) is null);
    }

    [Fact]
    public async Task Edited_TheStoreFails_IsReadAgainASecondLater()
    {
        var agent = await EnrolElsewhereAsync();
        _other.Tell(new AgentsEdited([agent]));
        await Eventually.HoldsAsync(() => _store.Asked == 1);

        _store.Fail();
        await Eventually.HoldsAsync(() => _center.Logs.Lines.Any(line => line.Contains("could not be read", StringComparison.Ordinal)));
        Assert.Null(StatusOf(agent));

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return StatusOf(agent) is not null;
        });
    }

    [Fact]
    public async Task Edited_HereWhileItIsBeingRead_StaysAsItWasEditedHere()
    {
        var agent = await LearnAsync();
        _other.Tell(new AgentsEdited([agent]));
        await Eventually.HoldsAsync(() => _store.Asked == 1 && _store.Found == 1);

        using var admin = _center.Client(Role.Admin);
        await admin.PatchAsJsonAsync($"/api/v1/agents/{agent}", new { cluster = "train" }, TestCenter.Cancelled);
        _store.Answer();

        await Eventually.HoldsAsync(() => _store.Asked == 2);
        Assert.Equal("train", _center.Get<AgentDirectory>().Find(agent)?.Cluster);
    }

    [Fact]
    public async Task Removed_WhileItIsBeingRead_DoesNotComeBack()
    {
        var agent = await EnrolElsewhereAsync();
        _other.Tell(new AgentsEdited([agent]));
        await Eventually.HoldsAsync(() => _store.Asked == 1);

        await _store.DeleteAsync(agent, _time.UtcMilliseconds(), TestCenter.Cancelled);
        _other.Tell(new AgentRemoved(agent));
        _store.Answer();

        await Eventually.HoldsAsync(() => _store.Asked == 2);
        await Eventually.HoldsAsync(() => StatusOf(agent) is null);
    }

    [Fact]
    public async Task OtherNodeWasAway_WhatItChangedMeanwhile_IsReadHere()
    {
        var (edited, removed) = (await LearnAsync(), await LearnAsync());
        await _store.UpdateAsync(edited, agent => agent with { AssignedCluster = "train" }, TestCenter.Cancelled);
        await _store.DeleteAsync(removed, _time.UtcMilliseconds(), TestCenter.Cancelled);

        _other.Tell(new WasAway());

        await Eventually.HoldsAsync(() => ClusterOf(edited) == "train" && StatusOf(removed) is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OtherNodeIsGone_WhatItDidNotTellAnyMore_IsReadHere(bool saidSo)
    {
        var (edited, removed) = (await LearnAsync(), await LearnAsync());
        await _store.UpdateAsync(edited, agent => agent with { AssignedCluster = "train" }, TestCenter.Cancelled);
        await _store.DeleteAsync(removed, _time.UtcMilliseconds(), TestCenter.Cancelled);

        _other.Go(saidSo);

        await Eventually.HoldsAsync(() => ClusterOf(edited) == "train" && StatusOf(removed) is null);
    }

    [Fact]
    public async Task BackAmongTheOthers_TheStoreFails_AllIsReadASecondLater_AndTheOthersAreTold()
    {
        var agent = await LearnAsync();
        await _store.UpdateAsync(agent, old => old with { AssignedCluster = "train" }, TestCenter.Cancelled);
        _store.FailingPages = 1;

        _other.ComeBack();
        await Eventually.HoldsAsync(() => _center.Logs.Lines.Any(line => line.Contains("read again in a second", StringComparison.Ordinal)));
        Assert.Null(ClusterOf(agent));

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return ClusterOf(agent) == "train";
        });
        lock (_other.Heard)
        {
            Assert.Single(_other.Heard.OfType<WasAway>());
        }
    }

    /// <summary>It has no link, so its link is no newer than the one of which others wrote.</summary>
    [Fact]
    public async Task BackAmongTheOthers_AgentThatWasHeardHere_IsKnownAsItWasHeard()
    {
        await using var agent = await _center.EnrolAsync("heard");
        using var client = _center.Client(agent.Credential);
        await client.PostAsJsonAsync($"/api/v1/agents/{agent.Id}/heartbeat", new { metrics = new Dictionary<string, double> { ["load.1m"] = 2 } }, TestCenter.Cancelled);
        var latest = _center.Get<AgentDirectory>().Latest(agent.Id)!;
        var before = _time.UtcMilliseconds().AddMinutes(-10);
        _copies.Add(new AgentState(agent.Id, 0, null, AgentStatus.Offline, before, before, 0, new MetricSample(before, latest.Schema.Id, [1])));

        await CatchUpAsync();

        Assert.Equal(AgentStatus.Online, StatusOf(agent.Id));
        Assert.Equal(latest.At, _center.Get<AgentDirectory>().Latest(agent.Id)!.At);
    }

    [Fact]
    public async Task BackAmongTheOthers_CopyWithOlderValues_TheNewerStay()
    {
        await using var agent = await _center.EnrolAsync("elsewhere");
        using var client = _center.Client(agent.Credential);
        await client.PostAsJsonAsync($"/api/v1/agents/{agent.Id}/heartbeat", new { metrics = new Dictionary<string, double> { ["load.1m"] = 2 } }, TestCenter.Cancelled);
        var latest = _center.Get<AgentDirectory>().Latest(agent.Id)!;
        var before = _time.UtcMilliseconds().AddMinutes(-10);
        _copies.Add(new AgentState(agent.Id, 7, null, AgentStatus.Offline, before, before, 0, new MetricSample(before, latest.Schema.Id, [1])));

        await CatchUpAsync();

        await Eventually.HoldsAsync(() => StatusOf(agent.Id) == AgentStatus.Offline);
        Assert.Equal(latest.At, _center.Get<AgentDirectory>().Latest(agent.Id)!.At);
    }

    [Fact]
    public async Task Task_ForAnAgentThatNobodyAnnounced_IsMade()
    {
        var agent = await EnrolElsewhereAsync();
        _store.Answer();

        var answer = await _center.PostTaskAsync(new { kind = "command", command = "id", target = new { agents = new[] { agent } } });

        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>Another node was away, and this one has read what it missed.</summary>
    private async Task CatchUpAsync()
    {
        var last = await LearnAsync();
        await _store.UpdateAsync(last, agent => agent with { AssignedCluster = "train" }, TestCenter.Cancelled);
        _other.Tell(new WasAway());
        await Eventually.HoldsAsync(() => ClusterOf(last) == "train");
    }

    private AgentStatus? StatusOf(Guid agent) => _center.Get<AgentDirectory>().Find(agent)?.Status;

    private string? ClusterOf(Guid agent) => _center.Get<AgentDirectory>().Find(agent)?.Cluster;

    private int? ClockOf(Guid agent) => _center.Get<AgentDirectory>().Find(agent)?.ClockAheadSeconds;

    /// <summary>An agent that is known here, and whose link ends elsewhere.</summary>
    private async Task<Guid> LearnAsync()
    {
        await using var agent = await _center.EnrolAsync("known");
        return agent.Id;
    }

    private async Task<Guid> EnrolElsewhereAsync()
    {
        var now = _time.UtcMilliseconds();
        var agent = new Server.Agents.Agent { Id = Guid.CreateVersion7(), Hostname = "elsewhere", CredentialHash = $"{Guid.NewGuid():N}", EnrolledAt = now, StatusSince = now };
        await _store.AddAsync(agent, TestCenter.Cancelled);
        return agent.Id;
    }

    /// <summary>What nodes keep of agents, written long ago.</summary>
    private sealed class OldCopies : IFleetState
    {
        private readonly ConcurrentQueue<AgentState> _states = new();

        public void Add(AgentState state) => _states.Enqueue(state);

        public Task SaveAsync(IReadOnlyCollection<AgentState> states, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RemoveAsync(Guid agentId, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<AgentState>> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<AgentState>>([.. _states]);
    }
}
