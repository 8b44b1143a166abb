using System.Net;
using System.Net.Http.Json;
using Nerve.Protocol.Link;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class DebugModeTests
{
    [Fact]
    public async Task Debug_ReadFromThisMachine_IsAViewer()
    {
        await using var center = await TestCenter.StartAsync(flags: "--debug");
        using var nobody = center.Client();

        var me = await nobody.GetJsonAsync("/api/v1/auth/me");

        Assert.Equal("viewer", me.GetProperty("role").GetString());
        Assert.Equal("debug", me.GetProperty("via").GetString());
        Assert.Equal(0, (await nobody.GetJsonAsync("/api/v1/agents/list")).GetProperty("total").GetInt32());
        await (await nobody.GetAsync("/api/v1/users", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Debug_Writes_StayClosed()
    {
        await using var center = await TestCenter.StartAsync(flags: "--debug");
        using var nobody = center.Client();

        var answer = await nobody.PostTextAsync("/api/v1/tasks", """{"kind":"command","command":"id","target":{"all":true}}""");

        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.1.2.3")]
    [InlineData("Forwarded", "for=10.1.2.3")]
    public async Task Debug_ThroughAProxy_IsNobody(string header, string value)
    {
        await using var center = await TestCenter.StartAsync(flags: "--debug");
        using var nobody = center.Client();
        nobody.DefaultRequestHeaders.Add(header, value);

        var answer = await nobody.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    [Fact]
    public async Task Debug_BrokenCredential_IsNotQuietlyAViewer()
    {
        await using var center = await TestCenter.StartAsync(flags: "--debug");
        using var stranger = center.Client("nvt_wrong");

        var answer = await stranger.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.unknownToken");
    }

    [Fact]
    public async Task Debug_TokenTest_EnrolsAndNothingElse()
    {
        await using var center = await TestCenter.StartAsync(flags: "--debug");

        await using var agent = await center.EnrolAsync(token: "test");

        using var test = center.Client("test");
        await (await test.GetAsync("/api/v1/agents", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task WithoutDebug_TokenTestAndReads_AreRefused()
    {
        await using var center = await TestCenter.StartAsync();
        using var nobody = center.Client();
        using var test = center.Client("test");

        await (await nobody.GetAsync("/api/v1/agents", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
        var answer = await test.PostAsJsonAsync("/api/v1/agents/register", new EnrolRequest("node-1"), TestCenter.Cancelled);
        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.unknownToken");
    }
}
