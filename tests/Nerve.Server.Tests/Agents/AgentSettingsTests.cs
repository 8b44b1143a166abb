using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Link;
using Nerve.Server.Agents;
using Nerve.Server.Agents.Settings;
using Nerve.Server.Identity;
using Nerve.Server.Nodes;
using Nerve.Server.Tests.Nodes;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

/// <summary>What an admin sets for all agents, from the request to the agents' links.</summary>
public sealed class AgentSettingsTests : IAsyncLifetime
{
    private const string Route = "/api/v1/settings/agents";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly OtherNode _other = new();
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() =>
        _center = await TestCenter.StartAsync(_time, services => services.AddSingleton<INodeBus>(_other));

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Get_NothingSet_TellsWhatTheCenterWasStartedWith()
    {
        using var viewer = _center.Client(Role.Viewer);

        var view = await viewer.GetFromJsonAsync<AgentSettingsView>(Route, TestCenter.Cancelled);

        Assert.Equal(new AgentSettingsView(new(), new(30, 10), new(30, 10), null, null), view);
    }

    [Fact]
    public async Task Put_ReachesConnectedAgentsAtOnce_AndThoseThatComeLater()
    {
        await using var connected = await _center.JoinAsync("connected");

        var view = await PutAsync("""{"heartbeatSeconds":7,"sampleSeconds":3,"smartMinutes":60,"ipmiSeconds":600,"inventorySeconds":900}""");

        var wanted = new AgentSettings(7, 3, 60, 600, 900);
        Assert.Equal(wanted, await connected.NextSettingsAsync());
        Assert.Equal(wanted, (await connected.Heartbeat(new Heartbeat())).Settings);
        await using var late = await _center.JoinAsync("late");
        Assert.Equal(wanted, late.Greeting!.Settings);
        Assert.Equal(wanted, view.InForce);
        Assert.Equal(new AgentSettingsChange(7, 3, 60, 600, 900), view.Set);
        Assert.NotNull(view.ChangedAt);
    }

    [Fact]
    public async Task Put_LessThanBefore_LeavesTheRestAsTheCenterWasStarted()
    {
        await PutAsync("""{"heartbeatSeconds":60,"sampleSeconds":20,"smartMinutes":60}""");

        var view = await PutAsync("""{"heartbeatSeconds":5}""");

        Assert.Equal(new AgentSettings(5, 5), view.InForce);
        Assert.Equal(new AgentSettingsChange(5), view.Set);
    }

    [Theory]
    [InlineData("""{"heartbeatSeconds":0}""", "heartbeatSeconds must be between 1 and 3600")]
    [InlineData("""{"sampleSeconds":3601}""", "sampleSeconds must be between 1 and 3600")]
    [InlineData("""{"smartMinutes":4}""", "smartMinutes must be between 5 and 1440")]
    [InlineData("""{"ipmiSeconds":59}""", "ipmiSeconds must be between 60 and 86400")]
    [InlineData("""{"inventorySeconds":29}""", "inventorySeconds must be between 30 and 86400")]
    [InlineData("""{"heartbeatSeconds":10,"sampleSeconds":11}""", "sampleSeconds must be at most 10")]
    [InlineData("""{"sampleSeconds":31}""", "sampleSeconds must be at most 30")]
    [InlineData("""{"heartbeat":10}""", "heartbeat")]
    public async Task Put_OutsideTheLimits_IsRefusedWithTheLimit_AndNothingChanges(string body, string reason)
    {
        using var admin = _center.Client(Role.Admin);

        var answer = await admin.PutAsync(Route, Json(body), TestCenter.Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(TestCenter.Cancelled), StringComparison.Ordinal);
        Assert.Equal(new AgentSettings(30, 10), _center.Get<AgentSettingsService>().InForce);
    }

    [Fact]
    public async Task Put_AnotherHeartbeat_AgentsAreOfflineAfterThreeOfIt()
    {
        await PutAsync("""{"heartbeatSeconds":5}""");
        await using var agent = await _center.JoinAsync();

        var seconds = 0;
        while (_center.StatusOf(agent) != AgentStatus.Offline)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, TestCenter.Cancelled); // for the sweeper, which forgives what it missed
            seconds++;
        }

        Assert.InRange(seconds, 14, 60);
    }

    [Fact]
    public async Task Put_IsToldToOtherNodes_AndTakenFromThem()
    {
        await using var agent = await _center.JoinAsync();
        await PutAsync("""{"heartbeatSeconds":7}""");
        Assert.Equal(7, (await agent.NextSettingsAsync()).HeartbeatSeconds);
        Assert.Contains(new SettingsChanged(), _other.Heard);

        await _center.Get<IAgentSettingsStore>().SaveAsync(
            new FleetSettings { HeartbeatSeconds = 9, ChangedAt = _time.GetUtcNow(), ChangedBy = "somebody elsewhere" }, TestCenter.Cancelled);
        _other.Tell(new SettingsChanged());

        Assert.Equal(new AgentSettings(9, 9), await agent.NextSettingsAsync());
    }

    [Fact]
    public async Task Load_AfterAStart_IsWhatWasSet()
    {
        await _center.Get<IAgentSettingsStore>().SaveAsync(
            new FleetSettings { SampleSeconds = 4, ChangedAt = _time.GetUtcNow(), ChangedBy = "ada" }, TestCenter.Cancelled);

        await _center.Get<FleetLoader>().LoadAsync(TestCenter.Cancelled);

        Assert.Equal(new AgentSettings(30, 4), _center.Get<AgentSettingsService>().InForce);
    }

    private async Task<AgentSettingsView> PutAsync(string body)
    {
        using var admin = _center.Client(Role.Admin);
        using var answer = await admin.PutAsync(Route, Json(body), TestCenter.Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<AgentSettingsView>(JsonSerializerOptions.Web, TestCenter.Cancelled))!;
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
