using System.Net.Http.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Live;

/// <summary>A link that is open does not outlive the session or token that opened it.</summary>
public sealed class LiveLinksTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time);

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task PasswordChanged_EndsTheLinksOfThatUser_AndNoOthers()
    {
        await using var page = await Browser.OpenAsync(_center, "Cookie", await SignInAsync());
        await using var program = await Browser.OpenAsync(_center, Role.Viewer);
        using var admin = _center.Client(Role.Admin);

        await admin.PatchAsJsonAsync("/api/v1/users/admin", new { password = "another long password" }, TestCenter.Cancelled);

        await ClosesAsync(page);
        await program.WatchAsync("fleet");
    }

    [Fact]
    public async Task TokenRevoked_EndsItsLinks()
    {
        using var admin = _center.Client(Role.Admin);
        var token = await (await admin.PostAsJsonAsync("/api/v1/tokens", new { name = "tv", role = "viewer" }, TestCenter.Cancelled)).JsonAsync();
        await using var program = await Browser.OpenAsync(_center, "Authorization", $"Bearer {token.GetProperty("token").GetString()}");

        await admin.DeleteAsync($"/api/v1/tokens/{token.GetProperty("id").GetString()}", TestCenter.Cancelled);

        await ClosesAsync(program);
    }

    [Fact]
    public async Task SessionRunsOut_EndsItsLinks_AndNoOthers()
    {
        await using var page = await Browser.OpenAsync(_center, "Cookie", await SignInAsync());
        await using var program = await Browser.OpenAsync(_center, Role.Viewer);

        PassQuickly(TimeSpan.FromHours(11));
        _time.Advance(TimeSpan.FromMinutes(1));
        await page.WatchAsync("fleet");
        PassQuickly(TimeSpan.FromHours(1));

        await ClosesAsync(page);
        await program.WatchAsync("fleet");
    }

    [Fact]
    public async Task NothingChanged_KeepsTheLinks()
    {
        await using var page = await Browser.OpenAsync(_center, "Cookie", await SignInAsync());
        await using var program = await Browser.OpenAsync(_center, Role.Operator);

        for (var look = 0; look < 5; look++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await page.WatchAsync("fleet");
            await program.WatchAsync("tasks");
        }
    }

    /// <summary>By the clock on the wall: for whatever is done several times a second, hours are a long time.</summary>
    private void PassQuickly(TimeSpan span) => _time.AdjustTime(_time.GetUtcNow() + span);

    private Task ClosesAsync(Browser browser) => Eventually.HoldsAsync(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return browser.Closed.IsCompleted;
    });

    private async Task<string> SignInAsync()
    {
        using var client = _center.Client();
        var answer = await client.PostAsJsonAsync(
            "/api/v1/auth/login", new { username = "admin", password = DatabaseTemplate.AdminPassword }, TestCenter.Cancelled);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
