using System.Net.Http.Json;
using System.Text.Json;
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

    [Fact]
    public async Task Change_ClusterOnly_LeavesTheLabelsToTheAgent()
    {
        var agent = _fleet.Agents[0];
        await ChangeAsync(agent, new { cluster = "train" });
        agent.Labels["rack"] = "r9";
        await agent.CutAsync();
        await agent.ConnectAsync();

        var seen = await GetAsync(agent);

        Assert.Equal("r9", seen.GetProperty("labels").GetProperty("rack").GetString());
        Assert.Equal("train", seen.GetProperty("assignedCluster").GetString());
        Assert.False(seen.TryGetProperty("assignedLabels", out _));
    }

    [Fact]
    public async Task Get_NamesWhatWasAssigned_ApartFromTheAgentsOwn_UntilItIsTakenBack()
    {
        var agent = _fleet.Agents[0];
        var changed = await ChangeAsync(agent, new { labels = new { site = "suzhou", owner = "ml" }, cluster = "train" });

        foreach (var seen in new[] { changed, await GetAsync(agent) })
        {
            Assert.Equal("""{"owner":"ml","site":"suzhou"}""", seen.GetProperty("assignedLabels").GetRawText());
            Assert.Equal("""{"owner":"ml","rack":"r1","site":"suzhou"}""", seen.GetProperty("labels").GetRawText());
            Assert.Equal("train", seen.GetProperty("assignedCluster").GetString());
        }

        await ChangeAsync(agent, new { labels = new { }, cluster = "" });
        var own = await GetAsync(agent);
        Assert.Equal("""{"rack":"r1","site":"shanghai"}""", own.GetProperty("labels").GetRawText());
        Assert.Equal("shanghai", own.GetProperty("cluster").GetString());
        Assert.False(own.TryGetProperty("assignedLabels", out _) || own.TryGetProperty("assignedCluster", out _));
    }

    [Fact]
    public async Task List_OfThoseThatWereAssignedSomething_StaysAsShort()
    {
        await ChangeAsync(_fleet.Agents[0], new { labels = new { owner = "ml" }, cluster = "train" });

        var listed = (await _fleet.Viewer.GetJsonAsync("/api/v1/agents?q=sh-01")).GetProperty("items")[0];

        Assert.Equal("ml", listed.GetProperty("labels").GetProperty("owner").GetString());
        Assert.False(listed.TryGetProperty("assignedLabels", out _) || listed.TryGetProperty("assignedCluster", out _));
    }

    private async Task<JsonElement> ChangeAsync(ScriptedAgent agent, object change)
    {
        using var client = _fleet.Center.Client(Role.Operator);
        return await (await client.PatchAsJsonAsync($"/api/v1/agents/{agent.Id}", change, TestCenter.Cancelled)).JsonAsync();
    }

    private Task<JsonElement> GetAsync(ScriptedAgent agent) => _fleet.Viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}");
}
