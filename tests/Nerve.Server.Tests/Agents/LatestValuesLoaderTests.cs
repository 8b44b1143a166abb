using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Metrics;
using Nerve.Server.Agents;
using Nerve.Server.Identity;
using Nerve.Server.Metrics;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>What was measured last is known again after a restart, unless something newer is.</summary>
public sealed class LatestValuesLoaderTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_at = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync();

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Restart_AgentThatStaysAway_IsListedWithItsLastValues()
    {
        await using var agent = await _center.JoinAsync();
        await agent.SendAsync(s_at, ("load.1m", 1.5), ("memory.used_percent", null));
        await agent.CutAsync();

        _center = await _center.StartAgainAsync();

        await Eventually.HoldsAsync(() => _center.Get<AgentDirectory>().IsMeasured(agent.Id));
        using var viewer = _center.Client(Role.Viewer);
        var listed = await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}");
        Assert.Equal(1.5, listed.GetProperty("metrics").GetProperty("load.1m").GetDouble());
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("metrics").GetProperty("memory.used_percent").ValueKind);
        Assert.Equal(s_at, (await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/metrics/latest")).GetProperty("at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Restart_StoreThatCannotSay_IsAskedAgain()
    {
        await using var agent = await _center.JoinAsync();
        await agent.SendAsync(s_at, ("load.1m", 1.5));
        await agent.CutAsync();
        var (clock, asked) = (new FakeTimeProvider(DateTimeOffset.UtcNow), 0);

        _center = await _center.StartAgainAsync(
            clock, services => FailingStore.Put<IMetricStore>(services, name => name == nameof(IMetricStore.LatestAsync) && ++asked == 1));

        await Eventually.HoldsAsync(() => asked == 1);
        Assert.False(_center.Get<AgentDirectory>().IsMeasured(agent.Id));
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return _center.Get<AgentDirectory>().IsMeasured(agent.Id);
        });
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Restart_AgentThatCannotBeRead_HoldsUpNoOther()
    {
        await using var one = await _center.JoinAsync("one");
        await using var other = await _center.JoinAsync("other");
        foreach (var agent in new[] { one, other })
        {
            await agent.SendAsync(s_at, ("load.1m", 1.5));
            await agent.CutAsync();
        }

        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        object? broken = null;
        _center = await _center.StartAgainAsync(clock, services => FailingStore.Put<IMetricStore>(
            services, (name, arguments) => name == nameof(IMetricStore.LatestAsync) && Equals(arguments[0], broken ??= arguments[0])));

        var directory = _center.Get<AgentDirectory>();
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return directory.IsMeasured(one.Id) || directory.IsMeasured(other.Id);
        });
        Assert.False(directory.IsMeasured((Guid)broken!));
    }

    [Fact]
    public async Task Recall_SomethingNewerIsKnown_ChangesNothing()
    {
        await using var agent = await _center.JoinAsync();
        await agent.SendAsync(s_at, ("load.1m", 2));
        var directory = _center.Get<AgentDirectory>();

        directory.Recall(agent.Id, new LatestValues(s_at.AddDays(-1), MetricSchema.Of(["load.1m"]), [1]));

        Assert.Equal((s_at, 2), (directory.Latest(agent.Id)!.At, directory.Latest(agent.Id)!.Values.Single()));
    }
}
