using System.Net;
using System.Text.Json;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Agents;

public sealed class AgentListTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Theory]
    [InlineData("", "bj-01 BJ-02 new-01 sh-01 sh-02")]
    [InlineData("q=sh", "sh-01 sh-02")]
    [InlineData("q=SH-01", "sh-01")]
    [InlineData("q=rack%3Dr1", "BJ-02 sh-01")]
    [InlineData("q=10.0.0.8", "bj-01")]
    [InlineData("q=nothing-like-it", "")]
    [InlineData("status=online", "bj-01 BJ-02 sh-01")]
    [InlineData("status=offline", "new-01 sh-02")]
    [InlineData("status=online,offline", "bj-01 BJ-02 new-01 sh-01 sh-02")]
    [InlineData("status=suspect", "")]
    [InlineData("cluster=beijing", "bj-01 BJ-02")]
    [InlineData("cluster=beijing&q=J-02", "BJ-02")]
    [InlineData("selector=site%3Dshanghai", "sh-01 sh-02")]
    [InlineData("selector=site%20in%20(beijing,tokyo)", "bj-01 BJ-02")]
    [InlineData("selector=site%20notin%20(beijing)", "new-01 sh-01 sh-02")]
    [InlineData("selector=rack", "BJ-02 sh-01 sh-02")]
    [InlineData("selector=!rack", "bj-01 new-01")]
    [InlineData("selector=site%3Dshanghai,!maintenance", "sh-01")]
    [InlineData("selector=cpu.threads>=64,!maintenance", "BJ-02 sh-01")]
    [InlineData("selector=cpu.model=EPYC,site=beijing", "bj-01 BJ-02")]
    [InlineData("selector=cpu.model!=EPYC", "new-01")]
    [InlineData("selector=memory.gib=512", "sh-01")]
    [InlineData("selector=status%20notin%20(online),cluster", "sh-02")]
    [InlineData("selector=", "bj-01 BJ-02 new-01 sh-01 sh-02")]
    public async Task List_Filtered_FindsWhatIsMeant(string query, string expected) => Assert.Equal(expected, await fleet.NamesAsync(query));

    [Theory]
    [InlineData("hostname", "bj-01 BJ-02 new-01 sh-01 sh-02")]
    [InlineData("-hostname", "sh-02 sh-01 new-01 BJ-02 bj-01")]
    [InlineData("cpuThreads", "bj-01 sh-02 sh-01 BJ-02 new-01")]
    [InlineData("-cpuThreads", "BJ-02 sh-01 sh-02 bj-01 new-01")]
    [InlineData("memoryBytes", "bj-01 sh-02 sh-01 BJ-02 new-01")]
    [InlineData("-memoryBytes", "BJ-02 sh-01 sh-02 bj-01 new-01")]
    [InlineData("enrolledAt", "sh-01 sh-02 bj-01 BJ-02 new-01")]
    [InlineData("status", "sh-02 new-01 sh-01 bj-01 BJ-02")] // who needs attention comes first
    [InlineData("cluster", "bj-01 BJ-02 sh-01 sh-02 new-01")]
    [InlineData("labels", "sh-02 BJ-02 sh-01 bj-01 new-01")]
    [InlineData("gpuModel", "sh-02 sh-01 BJ-02 bj-01 new-01")]
    [InlineData("-gpuModel", "BJ-02 sh-01 sh-02 new-01 bj-01")]
    [InlineData("agentVersion", "sh-01 sh-02 bj-01 BJ-02 new-01")]
    [InlineData("cpu.used_percent", "bj-01 sh-02 sh-01 BJ-02 new-01")]
    [InlineData("-cpu.used_percent", "BJ-02 sh-01 sh-02 bj-01 new-01")]
    [InlineData("-memory.used_percent", "BJ-02 sh-01 sh-02 bj-01 new-01")]
    [InlineData("load.1m", "BJ-02 sh-01 sh-02 bj-01 new-01")]
    [InlineData("lastSeenAt", "sh-01 sh-02 bj-01 BJ-02 new-01")]
    public async Task List_Sorted_PutsWhatIsMissingLast(string sort, string expected) => Assert.Equal(expected, await fleet.NamesAsync($"sort={sort}"));

    [Theory]
    [InlineData("hostname")]
    [InlineData("-hostname")]
    [InlineData("cluster")]
    [InlineData("-cpuThreads")]
    [InlineData("status")]
    public async Task List_PageByPage_ShowsEachOnce(string sort)
    {
        var whole = await fleet.NamesAsync($"sort={sort}");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await fleet.Viewer.GetJsonAsync($"/api/v1/agents?sort={sort}&limit=2&cursor={cursor}");
            Assert.Equal(5, page.GetProperty("total").GetInt32());
            seen.AddRange(SmallFleet.Names(page));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(whole, string.Join(' ', seen));
    }

    [Fact]
    public async Task List_Alias_IsTheSameList() =>
        Assert.Equal(await fleet.Viewer.GetStringAsync("/api/v1/agents", TestCenter.Cancelled), await fleet.Viewer.GetStringAsync("/api/v1/agents/list", TestCenter.Cancelled));

    [Fact]
    public async Task List_BrokenSelector_PointsAtTheCharacter()
    {
        var answer = await fleet.Viewer.GetAsync("/api/v1/agents?selector=site%20in%20shanghai", TestCenter.Cancelled);

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        var reason = problem.GetProperty("errors").GetProperty("selector")[0].GetString();
        Assert.StartsWith("at character 9: ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Summary_CountsByStatus()
    {
        var summary = await fleet.Viewer.GetJsonAsync("/api/v1/agents/summary");

        Assert.Equal((5, 3, 0, 2), (
            summary.GetProperty("total").GetInt32(), summary.GetProperty("online").GetInt32(),
            summary.GetProperty("suspect").GetInt32(), summary.GetProperty("offline").GetInt32()));
        Assert.Equal(["beijing", "shanghai"], summary.GetProperty("clusters").EnumerateArray().Select(cluster => cluster.GetString()));
    }

    [Fact]
    public async Task Get_Agent_ShowsWhatTheInterfacePromises()
    {
        var agent = await fleet.Viewer.GetJsonAsync($"/api/v1/agents/{fleet.Agents[2].Id}");

        Assert.Equal(
            ["addresses", "agentVersion", "arch", "cluster", "cpuModel", "cpuThreads", "enrolledAt", "gpuCount", "gpuModel", "hostname", "id",
                "kernel", "labels", "lastSeenAt", "memoryBytes", "metrics", "os", "status"],
            agent.EnumerateObject().Select(member => member.Name).Where(name => name != "statusSince").Order(StringComparer.Ordinal));
        Assert.Equal("10.0.0.8/24", agent.GetProperty("addresses")[0].GetString());
        Assert.Equal(0, agent.GetProperty("gpuCount").GetInt32());
        Assert.Equal(JsonValueKind.Null, agent.GetProperty("gpuModel").ValueKind);
    }
}
