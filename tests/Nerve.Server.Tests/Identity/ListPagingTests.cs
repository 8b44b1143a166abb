using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Identity;

/// <summary>Users and tokens are listed by page, as everything is.</summary>
public sealed class ListPagingTests : IAsyncLifetime
{
    private TestCenter _center = null!;
    private HttpClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync();
        _admin = _center.Client(Role.Admin);
        for (var i = 0; i < 5; i++)
        {
            await CreateAsync("/api/v1/users", new { username = $"user-{i}", password = "twelve chars or more", role = "viewer" });
            await CreateAsync("/api/v1/tokens", new { name = $"token-{i}", role = "viewer" });
            await CreateAsync("/api/v1/enroll-tokens", new { name = $"enrol-{i}" });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _center.DisposeAsync();
    }

    [Theory]
    [InlineData("/api/v1/users")]
    [InlineData("/api/v1/tokens")]
    [InlineData("/api/v1/enroll-tokens")]
    public async Task List_PageByPage_IsTheWholeList(string list)
    {
        var whole = await _admin.GetJsonAsync(list);
        var all = Items(whole);
        Assert.InRange(all.Count, 5, 20);
        Assert.Equal(JsonValueKind.Null, whole.GetProperty("nextCursor").ValueKind);

        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await _admin.GetJsonAsync($"{list}?limit=2&cursor={cursor}");
            Assert.InRange(Items(page).Count, 1, 2);
            Assert.Equal(all.Count, page.GetProperty("total").GetInt32());
            seen.AddRange(Items(page));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(all, seen);
    }

    [Theory]
    [InlineData("/api/v1/users")]
    [InlineData("/api/v1/tokens")]
    [InlineData("/api/v1/enroll-tokens")]
    public async Task List_LimitOrCursorThatMakesNoSense_IsRefused(string list)
    {
        foreach (var query in (string[])["limit=0", "limit=1001", "cursor=nonsense"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await _admin.GetAsync($"{list}?{query}", TestCenter.Cancelled)).StatusCode);
        }
    }

    private static List<string> Items(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetRawText())];

    private async Task CreateAsync(string list, object item) =>
        (await _admin.PostAsJsonAsync(list, item, TestCenter.Cancelled)).EnsureSuccessStatusCode();
}
