using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

/// <summary>Walks the route table of the real center: who may call what. A new route is denied here until it is added on purpose.</summary>
public sealed class RouteWalkTests : IAsyncLifetime
{
    private const string Anyone = "anyone";
    private const string Viewer = "viewer";
    private const string Operator = "operator";
    private const string Admin = "admin";
    private const string Agent = "agent";
    private const string Enrolment = "enrolment";

    /// <summary>Each route and the least that opens it.</summary>
    private static readonly Dictionary<string, string> s_table = new()
    {
        ["GET /"] = Anyone,
        ["GET /web/{**path}"] = Anyone,
        ["ANY /health"] = Anyone,
        ["ANY /health/live"] = Anyone,
        ["ANY /health/ready"] = Anyone,
        ["GET /openapi/{documentName}.json"] = Anyone,
        ["POST /api/v1/auth/login"] = Anyone,

        ["POST /api/v1/auth/logout"] = Viewer,
        ["POST /api/v1/auth/password"] = Viewer,
        ["GET /api/v1/auth/me"] = Viewer,
        ["GET /api/v1/agents"] = Viewer,
        ["GET /api/v1/agents/list"] = Viewer,
        ["GET /api/v1/agents/summary"] = Viewer,
        ["GET /api/v1/agents/{id:guid}"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/inventory"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/inventory/history"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/inventory/changes"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/metrics"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/metrics/latest"] = Viewer,
        ["GET /api/v1/agents/{id:guid}/tasks"] = Viewer,
        ["GET /api/v1/tasks"] = Viewer,
        ["GET /api/v1/tasks/list"] = Viewer,
        ["GET /api/v1/tasks/{id:guid}"] = Viewer,
        ["GET /api/v1/tasks/{id:guid}/outputs"] = Viewer,
        ["GET /api/v1/tasks/{id:guid}/runs"] = Viewer,
        ["GET /api/v1/tasks/{id:guid}/runs/{agentId:guid}"] = Viewer,
        ["GET /api/v1/tasks/{id:guid}/runs/{agentId:guid}/output"] = Viewer,
        ["GET /api/v1/system"] = Viewer,
        ["GET /api/v1/settings/agents"] = Viewer,
        ["ANY /metrics"] = Viewer,
        ["ANY /hubs/live"] = Viewer,
        ["ANY /hubs/live/negotiate"] = Viewer,

        ["PATCH /api/v1/agents/{id:guid}"] = Operator,
        ["DELETE /api/v1/agents/{id:guid}"] = Operator,
        ["POST /api/v1/tasks"] = Operator,
        ["POST /api/v1/tasks/{id:guid}/cancel"] = Operator,
        ["POST /api/v1/tasks/{id:guid}/pause"] = Operator,
        ["POST /api/v1/tasks/{id:guid}/resume"] = Operator,
        ["POST /api/v1/tasks/{id:guid}/retry"] = Operator,
        ["GET /api/v1/tasks/{id:guid}/batches"] = Viewer,
        ["POST /api/v1/tasks/preview"] = Viewer,

        ["GET /api/v1/users"] = Admin,
        ["GET /api/v1/users/list"] = Admin,
        ["POST /api/v1/users"] = Admin,
        ["PATCH /api/v1/users/{username}"] = Admin,
        ["DELETE /api/v1/users/{username}"] = Admin,
        ["PUT /api/v1/settings/agents"] = Admin,
        ["GET /api/v1/audit"] = Admin,
        ["GET /api/v1/audit/list"] = Admin,
        ["GET /api/v1/tokens"] = Admin,
        ["GET /api/v1/tokens/list"] = Admin,
        ["POST /api/v1/tokens"] = Admin,
        ["DELETE /api/v1/tokens/{id:guid}"] = Admin,
        ["GET /api/v1/enroll-tokens"] = Admin,
        ["GET /api/v1/enroll-tokens/list"] = Admin,
        ["POST /api/v1/enroll-tokens"] = Admin,
        ["DELETE /api/v1/enroll-tokens/{id:guid}"] = Admin,

        ["POST /api/v1/agents/{id:guid}/heartbeat"] = Agent,
        ["ANY /hubs/agent"] = Agent,
        ["ANY /hubs/agent/negotiate"] = Agent,

        ["POST /api/v1/agents/register"] = Enrolment,
    };

    private static readonly Dictionary<string, string[]> s_opens = new()
    {
        [Viewer] = [Anyone, Viewer],
        [Operator] = [Anyone, Viewer, Operator],
        [Admin] = [Anyone, Viewer, Operator, Admin],
        [Agent] = [Anyone, Agent],
        [Enrolment] = [Anyone, Enrolment],
    };

    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync();

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public void RouteTable_EveryRoute_IsListedHere()
    {
        var routes = Routes().Select(route => route.Name).ToHashSet();

        Assert.Empty(routes.Except(s_table.Keys));
        Assert.Empty(s_table.Keys.Except(routes));
    }

    [Fact]
    public async Task EveryRoute_WithoutCredentials_IsDeniedUnlessListed()
    {
        using var nobody = _center.Client();
        foreach (var route in Routes())
        {
            using var answer = await SendAsync(nobody, route);
            var isOpen = s_table.GetValueOrDefault(route.Name) == Anyone;
            Assert.True(isOpen == (answer.StatusCode != HttpStatusCode.Unauthorized) || route.Name.EndsWith("/login", StringComparison.Ordinal),
                $"{route.Name} answered {answer.StatusCode} to nobody");
            if (!isOpen)
            {
                await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
            }
        }
    }

    [Theory]
    [InlineData("nvt_notatokenthateverwas")]
    [InlineData("nva_notatokenthateverwas")]
    [InlineData("nve_notatokenthateverwas")]
    [InlineData("test")]
    [InlineData("")]
    public async Task EveryRoute_WithAnUnknownToken_IsDeniedUnlessListed(string token)
    {
        using var stranger = _center.Client();
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        foreach (var route in Routes().Where(route => s_table.GetValueOrDefault(route.Name) != Anyone))
        {
            using var answer = await SendAsync(stranger, route);
            var isGoneAgent = route.Name.EndsWith("/heartbeat", StringComparison.Ordinal) && token.StartsWith("nva_", StringComparison.Ordinal);
            Assert.Equal(isGoneAgent ? HttpStatusCode.NotFound : HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(Viewer)]
    [InlineData(Operator)]
    [InlineData(Admin)]
    [InlineData(Agent)]
    [InlineData(Enrolment)]
    public async Task EveryRoute_ForEachRole_OpensOnlyWhatItShould(string role)
    {
        using var caller = _center.Client(role switch
        {
            Viewer => _center.Token(Role.Viewer),
            Operator => _center.Token(Role.Operator),
            Admin => _center.Token(Role.Admin),
            Agent => (await _center.EnrolAsync("walker")).Credential,
            _ => _center.EnrolmentToken,
        });
        foreach (var route in Routes())
        {
            using var answer = await SendAsync(caller, route);
            var mayCall = s_opens[role].Contains(s_table.GetValueOrDefault(route.Name));
            Assert.True(mayCall != await IsDeniedAsync(answer), $"{route.Name} answered {answer.StatusCode} to {role}");
        }
    }

    [Fact]
    public async Task UnknownAddress_AnyCaller_IsNotFound()
    {
        using var nobody = _center.Client();
        using var admin = _center.Client(Role.Admin);
        foreach (var client in new[] { nobody, admin })
        {
            await (await client.GetAsync("/api/v1/nothing", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "route.unknown");
            await (await client.GetAsync("/api/v1/agents/no-id", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "route.unknown");
        }
    }

    [Fact]
    public async Task WrongMethod_AnyCaller_IsNotAllowed()
    {
        using var admin = _center.Client(Role.Admin);

        var answer = await admin.PutAsync("/api/v1/tasks", null, TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.MethodNotAllowed, "route.method");
    }

    private static async Task<bool> IsDeniedAsync(HttpResponseMessage answer)
    {
        if (answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
        {
            return false;
        }

        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
        return problem.RootElement.GetProperty("code").GetString() is "auth.forbidden" or "auth.required";
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, Route route)
    {
        var path = route.Pattern
            .Replace("{id:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
            .Replace("{agentId:guid}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
            .Replace("{username}", "nobody", StringComparison.Ordinal)
            .Replace("{documentName}", "v1", StringComparison.Ordinal)
            .Replace("{**path}", "", StringComparison.Ordinal);
        var request = new HttpRequestMessage(new HttpMethod(route.Method), path);
        if (route.Method is "POST" or "PATCH" or "PUT" && !path.EndsWith("/negotiate", StringComparison.Ordinal))
        {
            request.Content = new StringContent("{}", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestCenter.Cancelled);
    }

    /// <summary>The page that shows the API document is the same for everyone, like the document.</summary>
    private IEnumerable<Route> Routes() => _center.Get<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/api-reference", StringComparison.Ordinal) != true)
        .SelectMany(Route.Of)
        .DistinctBy(route => route.Name);

    private sealed record Route(string Name, string Method, string Pattern)
    {
        public static IEnumerable<Route> Of(RouteEndpoint endpoint)
        {
            var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            return endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods }
                ? methods.Where(method => method is not ("HEAD" or "OPTIONS")).Select(method => new Route($"{method} {pattern}", method, pattern))
                : [new Route($"ANY {pattern}", pattern.EndsWith("/negotiate", StringComparison.Ordinal) ? "POST" : "GET", pattern)];
        }
    }
}
