using System.Net;
using Nerve.Server.Tests.Agents;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

public sealed class TaskPreviewTests(SmallFleet fleet) : IClassFixture<SmallFleet>
{
    [Theory]
    [InlineData("""{"all":true}""", 5, 2, "new-01 sh-02 BJ-02 bj-01 sh-01")]
    [InlineData("""{"cluster":"shanghai"}""", 2, 1, "sh-02 sh-01")]
    [InlineData("""{"selector":"site=beijing,cpu.threads>=64"}""", 1, 0, "BJ-02")]
    [InlineData("""{"selector":"site=nowhere"}""", 0, 0, "")]
    public async Task Preview_Target_ShowsItsHostsThoseAwayFirst(string target, int total, int away, string names)
    {
        var preview = await (await PostAsync($$"""{"target":{{target}}}""")).JsonAsync();

        Assert.Equal((total, away), (preview.GetProperty("total").GetInt32(), preview.GetProperty("away").GetInt32()));
        Assert.Equal(names, string.Join(' ', preview.GetProperty("hosts").EnumerateArray().Select(host => host.GetProperty("hostname").GetString())));
    }

    [Fact]
    public async Task Preview_MakesNoTask()
    {
        await PostAsync("""{"target":{"all":true}}""");

        Assert.Equal(0, (await fleet.Viewer.GetJsonAsync("/api/v1/tasks")).GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("""{"target":{}}""", "target")]
    [InlineData("""{"target":{"all":true,"cluster":"a"}}""", "target")]
    [InlineData("""{"target":{"selector":"site in west"}}""", "target.selector")]
    public async Task Preview_BadTarget_IsNamed(string body, string field)
    {
        var problem = await (await PostAsync(body)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");

        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Preview_UnknownAgent_IsNamed() =>
        await (await PostAsync("""{"target":{"agents":["00000000-0000-0000-0000-000000000001"]}}"""))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "task.unknownAgent");

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return await fleet.Viewer.PostAsync("/api/v1/tasks/preview", content, TestCenter.Cancelled);
    }
}
