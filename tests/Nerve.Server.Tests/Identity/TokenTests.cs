using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nerve.Protocol;
using Nerve.Protocol.Link;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class TokenTests : IAsyncLifetime
{
    private readonly TestClock _time = new() { Wall = DateTimeOffset.UtcNow };
    private TestCenter _center = null!;
    private HttpClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync(_time);
        _admin = _center.Client(Role.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _center.DisposeAsync();
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData("admin")]
    public async Task Create_Token_SignsInWithItsRole(string role)
    {
        var token = await CreateAsync("/api/v1/tokens", new { name = "ci", role });
        using var program = _center.Client(Secret(token));

        var me = await program.GetJsonAsync("/api/v1/auth/me");

        Assert.Equal(role, me.GetProperty("role").GetString());
        Assert.Equal("token:ci", me.GetProperty("username").GetString());
        Assert.Equal("bearer", me.GetProperty("via").GetString());
    }

    [Fact]
    public async Task Create_TokenWithoutAName_IsCalledByItsId()
    {
        var token = await CreateAsync("/api/v1/tokens", new { name = "", role = "viewer" });
        using var program = _center.Client(Secret(token));

        var me = await program.GetJsonAsync("/api/v1/auth/me");

        Assert.Equal($"token:{token.GetProperty("id").GetGuid()}", me.GetProperty("username").GetString());
    }

    [Fact]
    public async Task Create_Token_ShowsItsSecretOnce_AndKeepsOnlyAHash()
    {
        var token = await CreateAsync("/api/v1/tokens", new { name = "ci", role = "admin" });

        var listed = await _admin.GetStringAsync("/api/v1/tokens", TestCenter.Cancelled);
        var database = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(
            Path.Combine(_center.DataFolder, "nerve.db"), TestCenter.Cancelled));

        Assert.DoesNotContain(Secret(token), listed, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret(token), database, StringComparison.Ordinal);
        Assert.DoesNotContain(_center.Logs.Lines, line => line.Contains(Secret(token), StringComparison.Ordinal));
        Assert.True(Secret(token).Length >= 4 + 43, "256 bits need 43 characters of base64");
    }

    [Fact]
    public async Task Use_ExpiredToken_IsRefused()
    {
        var token = await CreateAsync("/api/v1/tokens", new { name = "ci", role = "viewer", ttlSeconds = 60 });
        using var program = _center.Client(Secret(token));
        Assert.True((await program.GetAsync("/api/v1/agents", TestCenter.Cancelled)).IsSuccessStatusCode);

        _time.Advance(TimeSpan.FromSeconds(61));

        await (await program.GetAsync("/api/v1/agents", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.tokenExpired");
    }

    [Fact]
    public async Task Use_RevokedToken_IsRefused()
    {
        var token = await CreateAsync("/api/v1/tokens", new { name = "ci", role = "viewer" });
        using var program = _center.Client(Secret(token));

        var answer = await _admin.DeleteAsync($"/api/v1/tokens/{token.GetProperty("id").GetString()}", TestCenter.Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await (await program.GetAsync("/api/v1/agents", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.tokenRevoked");
    }

    [Fact]
    public async Task Revoke_UnknownToken_IsNotFound() =>
        await (await _admin.DeleteAsync($"/api/v1/tokens/{Guid.CreateVersion7()}", TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.NotFound, "token.unknown");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3650L * 86400 + 1)]
    public async Task Create_ImpossibleLifetime_IsInvalid(long ttlSeconds) =>
        await (await _admin.PostAsJsonAsync("/api/v1/tokens", new { name = "x", role = "viewer", ttlSeconds }, TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");

    [Fact]
    public async Task Enrol_ExpiredToken_IsRefused()
    {
        var token = await CreateAsync("/api/v1/enroll-tokens", new { name = "rack 7", ttlSeconds = 60 });

        _time.Advance(TimeSpan.FromSeconds(61));

        await (await EnrolAsync(Secret(token))).ProblemAsync(HttpStatusCode.Unauthorized, "auth.tokenExpired");
    }

    [Fact]
    public async Task Enrol_RevokedToken_IsRefused_AndItsAgentsStay()
    {
        var token = await CreateAsync("/api/v1/enroll-tokens", new { name = "rack 7" });
        await using var agent = await _center.EnrolAsync(token: Secret(token));

        await _admin.DeleteAsync($"/api/v1/enroll-tokens/{token.GetProperty("id").GetString()}", TestCenter.Cancelled);

        await (await EnrolAsync(Secret(token))).ProblemAsync(HttpStatusCode.Unauthorized, "auth.tokenRevoked");
        await agent.ConnectAsync();
    }

    [Fact]
    public async Task Enrol_UsedUpToken_IsRefused()
    {
        var token = await CreateAsync("/api/v1/enroll-tokens", new { name = "rack 7", maxUses = 2 });
        await EnrolAsync(Secret(token));
        await EnrolAsync(Secret(token));

        await (await EnrolAsync(Secret(token))).ProblemAsync(HttpStatusCode.Unauthorized, "auth.tokenUsedUp");
    }

    [Fact]
    public async Task Enrol_ManyMachinesAtOnce_GetNoMoreThanMaxUses()
    {
        var token = await CreateAsync("/api/v1/enroll-tokens", new { maxUses = 3 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => EnrolAsync(Secret(token))));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(9, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Enrol_MalformedRequest_UsesNothingUp()
    {
        var token = await CreateAsync("/api/v1/enroll-tokens", new { maxUses = 1 });
        using var machine = _center.Client(Secret(token));

        await (await machine.PostTextAsync(ProtocolInfo.RegisterPath, """{"hostname":""}""")).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");

        Assert.Equal(HttpStatusCode.Created, (await EnrolAsync(Secret(token))).StatusCode);
    }

    [Fact]
    public async Task Use_SomeoneElsesKindOfToken_OpensNothing()
    {
        await using var agent = await _center.EnrolAsync();
        using var asMachine = _center.Client(_center.Token(Role.Admin));
        using var asProgram = _center.Client(agent.Credential);

        var register = await asMachine.PostAsJsonAsync(ProtocolInfo.RegisterPath, new EnrolRequest("node-2"), TestCenter.Cancelled);
        var list = await asProgram.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        await register.ProblemAsync(HttpStatusCode.Forbidden, "auth.forbidden");
        await list.ProblemAsync(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Use_BearerWithoutToken_IsToldThatItIsMissing()
    {
        using var stranger = _center.Client();
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer ");

        var answer = await stranger.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        var problem = await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.scheme");
        Assert.Contains("No token follows", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Use_BasicAuthentication_IsToldWhatIsUnderstood()
    {
        using var stranger = _center.Client();
        stranger.DefaultRequestHeaders.Authorization = new("Basic", "YWRtaW46YWRtaW4=");

        var answer = await stranger.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.scheme");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    private async Task<JsonElement> CreateAsync(string path, object body) =>
        await (await _admin.PostAsJsonAsync(path, body, TestCenter.Cancelled)).JsonAsync();

    private async Task<HttpResponseMessage> EnrolAsync(string token)
    {
        using var machine = _center.Client(token);
        return await machine.PostAsJsonAsync(ProtocolInfo.RegisterPath, new EnrolRequest("node"), TestCenter.Cancelled);
    }

    private static string Secret(JsonElement token) => token.GetProperty("token").GetString()!;
}
