using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nerve.Protocol;
using Nerve.Server.Audit;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Audit;

/// <summary>Who did what, from where, and what came of it.</summary>
public sealed class AuditTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    /// <summary>Denied by default: a route that changes something is named here, or says why it is left out.</summary>
    [Fact]
    public void EveryRouteThatChangesSomething_IsNamed_OrSaysWhyNot()
    {
        foreach (var route in Changing())
        {
            Assert.True(
                route.Metadata.GetMetadata<Audited>() is not null ^ route.Metadata.GetMetadata<NotAudited>() is not null,
                $"{route.DisplayName} needs .Audited(\"area.verb\"), or .NotAudited(\"reason\").");
        }

        Assert.Equal(
            ["/api/v1/agents/{id:guid}/heartbeat", "/api/v1/tasks/preview"],
            Changing().Where(route => route.Metadata.GetMetadata<NotAudited>() is not null).Select(route => "/" + route.RoutePattern.RawText!.Trim('/')).Order());
    }

    [Fact]
    public async Task EveryRouteThatChangesSomething_Forbidden_IsRecorded()
    {
        await using var agent = await _center.EnrolAsync("walker");
        using var client = _center.Client(agent.Credential);
        foreach (var route in Changing().Where(route => route.Metadata.GetMetadata<Audited>() is { Action: not "auth.login" }))
        {
            var action = route.Metadata.GetMetadata<Audited>()!.Action;
            var id = Guid.CreateVersion7();
            var path = "/" + route.RoutePattern.RawText!.Trim('/').Replace("{id:guid}", $"{id}", StringComparison.Ordinal).Replace("{username}", $"{id}", StringComparison.Ordinal);
            var method = route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };

            using var answer = await client.SendAsync(request, TestCenter.Cancelled);

            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            var entry = (await EntriesAsync($"who=agent:{agent.Id}&action={action}"))[0];
            Assert.Equal(("auth.forbidden", "127.0.0.1"), (Text(entry, "result"), Text(entry, "address")));
            Assert.Equal(path.Contains($"{id}", StringComparison.Ordinal) ? $"{id}" : null, Text(entry, "target"));
        }
    }

    [Fact]
    public async Task SignIn_WrongAndRight_AreBothRecorded_WithoutThePassword()
    {
        using var client = _center.Client();
        var wrong = await client.PostAsJsonAsync("/api/v1/auth/login", new { username = "Mallory", password = "open sesame 1" }, TestCenter.Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        (await _center.SignInAsync()).Dispose();

        var failed = (await EntriesAsync("who=mallory"))[0];
        var passed = (await EntriesAsync("who=admin&action=auth.login"))[0];

        Assert.Equal(("auth.login", "auth.wrong", "none"), (Text(failed, "action"), Text(failed, "result"), Text(failed, "via")));
        Assert.Equal("ok", Text(passed, "result"));
        Assert.DoesNotContain("sesame", failed.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(DatabaseTemplate.AdminPassword, passed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateTask_IsRecorded_WithWhatItMade_AndWithoutWhatMayBeSecret()
    {
        await using var agent = await _center.JoinAsync();
        var answer = await _center.PostTaskAsync(new
        {
            kind = "command",
            command = "login-tool",
            args = new[] { "hunter2-arg" },
            env = new { PASSWORD = "hunter2-env" },
            stdin = "hunter2-stdin",
            target = new { agents = new[] { agent.Id } },
        });
        var task = (await answer.JsonAsync()).GetProperty("id").GetString();

        var entry = Assert.Single(await EntriesAsync($"target={task}"));

        Assert.Equal(("task.create", "ok", "bearer"), (Text(entry, "action"), Text(entry, "result"), Text(entry, "via")));
        Assert.StartsWith("token:", Text(entry, "actor"), StringComparison.Ordinal);
        Assert.Contains("login-tool", Text(entry, "detail"), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", entry.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancelOfATaskThatIsNot_IsRecordedWithItsResult()
    {
        var nothing = Guid.CreateVersion7();

        Assert.Equal(HttpStatusCode.NotFound, (await _center.CancelTaskAsync(nothing)).StatusCode);

        Assert.Equal("task.unknown", Text(Assert.Single(await EntriesAsync($"target={nothing}")), "result"));
    }

    [Fact]
    public async Task CreateToken_IsRecorded_WithoutTheSecret()
    {
        using var admin = _center.Client(Role.Admin);
        var answer = await admin.PostAsJsonAsync("/api/v1/tokens", new { name = "robot", role = "viewer" }, TestCenter.Cancelled);
        var made = await answer.JsonAsync();

        var entry = Assert.Single(await EntriesAsync($"target={made.GetProperty("id").GetString()}"));

        Assert.Equal("robot, role Viewer", Text(entry, "detail"));
        Assert.DoesNotContain(made.GetProperty("token").GetString()!, entry.GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>What was asked for may be done all the same.</summary>
    [Fact]
    public async Task Caller_WhoHangsUp_IsRecorded_ByAnIPv4AddressAsSuch()
    {
        var http = new DefaultHttpContext { RequestServices = _center.Get<IServiceProvider>() };
        (http.Request.Method, http.Connection.RemoteIpAddress) = ("POST", IPAddress.Parse("::ffff:10.1.2.3"));
        http.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new Audited("test.hangUp")), null));

        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            AuditRecorder.FilterAsync(EndpointFilterInvocationContext.Create(http), _ => throw new OperationCanceledException()).AsTask());

        JsonElement? entry = null;
        await Eventually.HoldsAsync(async () => (entry = (await EntriesAsync("action=test.hangUp")).Cast<JsonElement?>().SingleOrDefault()) is not null);
        Assert.Equal(("aborted", "10.1.2.3"), (Text(entry!.Value, "result"), Text(entry.Value, "address")));
    }

    [Fact]
    public async Task Hello_Refused_IsRecordedOnce()
    {
        await using var agent = await _center.JoinAsync("original", "machine-1");
        await agent.CutAsync();
        agent.Fingerprint = "machine-2";
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(agent.ConnectAsync);
        }

        var entry = Assert.Single(await EntriesAsync($"who=agent:{agent.Id}&action=agent.hello"));
        Assert.Equal((ProblemCodes.AgentCloned, "link"), (Text(entry, "result"), Text(entry, "via")));
    }

    [Fact]
    public async Task List_ByPages_GoesThroughAllOnce_AndTheChainIsWhole()
    {
        var nothing = Guid.CreateVersion7();
        for (var i = 0; i < 7; i++)
        {
            await _center.CancelTaskAsync(nothing);
        }

        using var admin = _center.Client(Role.Admin);
        var numbers = new List<long>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await admin.GetJsonAsync($"/api/v1/audit?target={nothing}&limit=3&cursor={cursor}");
            Assert.Equal(7, page.GetProperty("total").GetInt32());
            numbers.AddRange(page.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("number").GetInt64()));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(7, numbers.Count);
        Assert.Equal(numbers.OrderDescending(), numbers);
        Assert.Null((await AuditChain.VerifyAsync(_center.Get<IAuditStore>(), TestCenter.Cancelled)).Problem);
    }

    private IEnumerable<RouteEndpoint> Changing() => _center.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(route => route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/v1", StringComparison.Ordinal)
            && route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Any(method => method is not ("GET" or "HEAD" or "OPTIONS")));

    private async Task<IReadOnlyList<JsonElement>> EntriesAsync(string query)
    {
        using var admin = _center.Client(Role.Admin);
        return [.. (await admin.GetJsonAsync($"/api/v1/audit?{query}")).GetProperty("items").EnumerateArray()];
    }

    private static string? Text(JsonElement entry, string field) => entry.GetProperty(field).GetString();
}
