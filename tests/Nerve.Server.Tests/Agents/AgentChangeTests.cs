using System.Net.Http.Json;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

public sealed class AgentChangeTests : IAsyncLifetime
{
    private readonly SmallFleet _fleet = new();

    public ValueTask InitializeAsync() => _fleet.InitializeAsync();

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();

    [Fact]
    public async Task List_AgentsComeAndGoBetweenPages_LosesAndRepeatsNobodyElse()
    {
        var first = await _fleet.Viewer.GetJsonAsync("/api/v1/agents?limit=2");
        using var operatorClient = _fleet.Center.Client(Role.Operator);
        await operatorClient.DeleteAsync($"/api/v1/agents/{_fleet.Agents[2].Id}", TestCenter.Cancelled);
        _fleet.Agents.Add(await _fleet.Center.EnrolAsync("aa-00"));

        var second = await _fleet.Viewer.GetJsonAsync($"/api/v1/agents?limit=10&cursor={first.GetProperty("nextCursor").GetString()}");

        Assert.Equal(["bj-01", "BJ-02"], SmallFleet.Names(first));
        Assert.Equal(["new-01", "sh-01", "sh-02"], SmallFleet.Names(second));
    }

    [Fact]
    public async Task Change_LabelsAndCluster_WinOverTheAgentsOwn()
    {
        using var operatorClient = _fleet.Center.Client(Role.Operator);

        var changed = await (await operatorClient.PatchAsJsonAsync(
            $"/api/v1/agents/{_fleet.Agents[0].Id}",
            new { labels = new Dictionary<string, string> { ["site"] = "suzhou", ["owner"] = "ml" }, cluster = "train" },
            TestCenter.Cancelled)).JsonAsync();

        Assert.Equal("train", changed.GetProperty("cluster").GetString());
        Assert.Equal("suzhou", changed.GetProperty("labels").GetProperty("site").GetString());
        Assert.Equal("r1", changed.GetProperty("labels").GetProperty("rack").GetString());
        Assert.Equal("sh-01", await _fleet.NamesAsync("selector=owner%3Dml"));

        await _fleet.Agents[0].CutAsync();
        await _fleet.Agents[0].ConnectAsync();
        Assert.Equal("sh-01", await _fleet.NamesAsync("selector=site%3Dsuzhou&cluster=train"));

        await operatorClient.PatchAsJsonAsync($"/api/v1/agents/{_fleet.Agents[0].Id}", new { cluster = "" }, TestCenter.Cancelled);
        Assert.Equal("sh-01 sh-02", await _fleet.NamesAsync("cluster=shanghai"));
    }
}
