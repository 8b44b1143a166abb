using System.Net;
using System.Net.Http.Json;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class SessionTests : IAsyncLifetime
{
    private readonly TestClock _time = new() { Wall = DateTimeOffset.UtcNow };
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time);

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Login_RightPassword_OpensASession()
    {
        using var browser = await _center.SignInAsync();

        var me = await browser.GetJsonAsync("/api/v1/auth/me");

        Assert.Equal(("admin", "admin", "cookie"), (
            me.GetProperty("username").GetString(), me.GetProperty("role").GetString(), me.GetProperty("via").GetString()));
    }

    [Theory]
    [InlineData("admin", "wrong password here")]
    [InlineData("admin", "")]
    [InlineData("nobody", DatabaseTemplate.AdminPassword)]
    [InlineData("", "")]
    public async Task Login_WrongPasswordOrName_SaysTheSame(string username, string password)
    {
        using var browser = _center.Client();

        var answer = await browser.PostAsJsonAsync("/api/v1/auth/login", new { username, password }, TestCenter.Cancelled);

        var problem = await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.wrong");
        Assert.Equal("The user name or the password is wrong.", problem.GetProperty("detail").GetString());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Login_Cookie_IsOutOfReachForScriptsAndOtherSites()
    {
        using var browser = _center.Client();

        var answer = await LoginAsync(browser);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie")).ToLowerInvariant();
        Assert.StartsWith("nerve-session=", cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("; path=/", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_EleventhTryInAMinute_IsSlowedDown()
    {
        using var browser = _center.Client();
        var statuses = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            statuses.Add((await browser.PostAsJsonAsync("/api/v1/auth/login", new { username = "admin", password = "guess" }, TestCenter.Cancelled)).StatusCode);
        }

        var refused = await LoginAsync(browser);

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "request.tooMany");
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task Session_TwelveIdleHours_IsOver()
    {
        using var browser = await _center.SignInAsync();

        _time.Advance(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));

        await (await browser.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    [Fact]
    public async Task Session_SurvivesARestartOfTheCenter()
    {
        using var browser = _center.Client();
        var cookie = (await LoginAsync(browser)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        _center = await _center.StartAgainAsync(_time);

        using var again = _center.Client();
        again.DefaultRequestHeaders.Add("Cookie", cookie);
        Assert.Equal("admin", (await again.GetJsonAsync("/api/v1/auth/me")).GetProperty("username").GetString());
    }

    [Fact]
    public async Task Logout_EndsTheSession()
    {
        using var browser = await _center.SignInAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await browser.PostAsync("/api/v1/auth/logout", null, TestCenter.Cancelled)).StatusCode);

        await (await browser.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    [Fact]
    public async Task ChangePassword_EndsOtherSessions_AndKeepsThisOne()
    {
        using var here = await _center.SignInAsync();
        using var elsewhere = await _center.SignInAsync();

        var answer = await here.PostAsJsonAsync(
            "/api/v1/auth/password", new { current = DatabaseTemplate.AdminPassword, next = "a new password, longer" }, TestCenter.Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.True((await here.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).IsSuccessStatusCode);
        await (await elsewhere.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
        using var oldPassword = _center.Client();
        await (await LoginAsync(oldPassword)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.wrong");
    }

    [Theory]
    [InlineData("not the current one", "a new password, longer", "current")]
    [InlineData(DatabaseTemplate.AdminPassword, "short", "password")]
    public async Task ChangePassword_WrongOrWeak_ChangesNothing(string current, string next, string field)
    {
        using var browser = await _center.SignInAsync();

        var answer = await browser.PostAsJsonAsync("/api/v1/auth/password", new { current, next }, TestCenter.Cancelled);

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        using var again = await _center.SignInAsync();
    }

    [Fact]
    public async Task ChangePassword_ByAToken_IsRefused()
    {
        using var program = _center.Client(Role.Admin);

        var answer = await program.PostAsJsonAsync(
            "/api/v1/auth/password", new { current = DatabaseTemplate.AdminPassword, next = "a new password, longer" }, TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.Forbidden, "auth.noPassword");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task Write_WithTheCookieFromAnotherOrigin_IsRefused(string origin)
    {
        using var browser = await _center.SignInAsync();
        browser.DefaultRequestHeaders.Add("Origin", origin);

        var write = await browser.PostAsync("/api/v1/auth/logout", null, TestCenter.Cancelled);
        var hub = await browser.GetAsync("/hubs/live", TestCenter.Cancelled);

        await write.ProblemAsync(HttpStatusCode.Forbidden, "auth.origin");
        await hub.ProblemAsync(HttpStatusCode.Forbidden, "auth.origin");
    }

    [Fact]
    public async Task Write_WithTheCookieFromOurPage_IsTaken()
    {
        using var browser = await _center.SignInAsync();
        browser.DefaultRequestHeaders.Add("Origin", _center.Address.GetLeftPart(UriPartial.Authority));

        Assert.Equal(HttpStatusCode.NoContent, (await browser.PostAsync("/api/v1/auth/logout", null, TestCenter.Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Cookie_Forged_IsNobody()
    {
        using var browser = _center.Client();
        browser.DefaultRequestHeaders.Add("Cookie", "nerve-session=CfDJ8forged");

        await (await browser.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient browser) => browser.PostAsJsonAsync(
        "/api/v1/auth/login", new { username = "admin", password = DatabaseTemplate.AdminPassword }, TestCenter.Cancelled);
}
