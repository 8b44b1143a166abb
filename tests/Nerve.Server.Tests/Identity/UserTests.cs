using System.Net;
using System.Net.Http.Json;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

public sealed class UserTests : IAsyncLifetime
{
    private const string Users = "/api/v1/users";
    private const string Password = "twelve chars or more";

    private TestCenter _center = null!;
    private HttpClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync();
        _admin = _center.Client(Role.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _center.DisposeAsync();
    }

    [Fact]
    public async Task Create_User_SignsInAndIsListed()
    {
        Assert.Equal(HttpStatusCode.Created, (await CreateAsync("Wei.Chen", "operator")).StatusCode);

        using var browser = await _center.SignInAsync("wei.chen", Password);
        Assert.Equal("operator", (await browser.GetJsonAsync("/api/v1/auth/me")).GetProperty("role").GetString());
        var names = (await _admin.GetJsonAsync(Users + "/list")).GetProperty("items").EnumerateArray().Select(user => user.GetProperty("username").GetString());
        Assert.Equal(["admin", "wei.chen"], names);
        Assert.DoesNotContain("hash", await _admin.GetStringAsync(Users, TestCenter.Cancelled), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Create_NameThatIsTaken_IsAConflict() =>
        await (await CreateAsync("ADMIN", "viewer")).ProblemAsync(HttpStatusCode.Conflict, "user.exists");

    [Theory]
    [InlineData("two words", Password, "username")]
    [InlineData("", Password, "username")]
    [InlineData("fine", "short", "password")]
    public async Task Create_BadNameOrPassword_NamesTheField(string username, string password, string field)
    {
        var answer = await _admin.PostAsJsonAsync(Users, new { username, password, role = "viewer" }, TestCenter.Cancelled);

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
        Assert.DoesNotContain("short", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_Role_EndsTheSessionsOfTheOldRole()
    {
        await CreateAsync("wei", "operator");
        using var browser = await _center.SignInAsync("wei", Password);

        var changed = await (await _admin.PatchAsJsonAsync($"{Users}/wei", new { role = "viewer" }, TestCenter.Cancelled)).JsonAsync();

        Assert.Equal("viewer", changed.GetProperty("role").GetString());
        await (await browser.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
        using var again = await _center.SignInAsync("wei", Password);
        Assert.Equal("viewer", (await again.GetJsonAsync("/api/v1/auth/me")).GetProperty("role").GetString());
    }

    [Fact]
    public async Task Change_Password_ReplacesTheOldOne()
    {
        await CreateAsync("wei", "viewer");

        await (await _admin.PatchAsJsonAsync($"{Users}/wei", new { password = "another long password" }, TestCenter.Cancelled)).JsonAsync();

        using var browser = await _center.SignInAsync("wei", "another long password");
        using var old = _center.Client();
        var answer = await old.PostAsJsonAsync("/api/v1/auth/login", new { username = "wei", password = Password }, TestCenter.Cancelled);
        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.wrong");
    }

    [Fact]
    public async Task Delete_User_EndsItsSessions()
    {
        await CreateAsync("wei", "viewer");
        using var browser = await _center.SignInAsync("wei", Password);

        Assert.Equal(HttpStatusCode.NoContent, (await _admin.DeleteAsync($"{Users}/wei", TestCenter.Cancelled)).StatusCode);

        await (await browser.GetAsync("/api/v1/auth/me", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
        await (await _admin.DeleteAsync($"{Users}/wei", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "user.unknown");
    }

    [Fact]
    public async Task Delete_Oneself_IsRefused()
    {
        using var browser = await _center.SignInAsync();

        await (await browser.DeleteAsync($"{Users}/Admin", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Conflict, "user.self");
        await (await browser.PatchAsJsonAsync($"{Users}/admin", new { role = "viewer" }, TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.Conflict, "user.self");
    }

    [Fact]
    public async Task Remove_TheLastAdmin_IsRefused_EvenForAToken()
    {
        await (await _admin.DeleteAsync($"{Users}/admin", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.Conflict, "user.lastAdmin");
        await (await _admin.PatchAsJsonAsync($"{Users}/admin", new { role = "operator" }, TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.Conflict, "user.lastAdmin");

        using var browser = await _center.SignInAsync();
    }

    [Fact]
    public async Task Remove_EveryAdminAtOnce_LeavesOne()
    {
        string[] admins = ["admin", "a1", "a2", "a3"];
        foreach (var name in admins.Skip(1))
        {
            await CreateAsync(name, "admin");
        }

        var answers = await Task.WhenAll(admins.Select(name => _admin.DeleteAsync($"{Users}/{name}", TestCenter.Cancelled)));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent));
        Assert.Equal(1, (await _admin.GetJsonAsync(Users)).GetProperty("total").GetInt32());
    }

    private Task<HttpResponseMessage> CreateAsync(string username, string role) =>
        _admin.PostAsJsonAsync(Users, new { username, password = Password, role }, TestCenter.Cancelled);
}
