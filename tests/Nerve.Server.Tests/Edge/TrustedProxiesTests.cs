using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using Nerve.Center;
using Nerve.Configuration;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Edge;

/// <summary>Every request comes from 127.0.0.1: that is the proxy, or somebody who says that he is one. Ten passwords a minute may be tried from one
/// address, which shows whom the center takes the caller for.</summary>
public sealed class TrustedProxiesTests
{
    private const int Allowed = 10;

    private static readonly IReadOnlyDictionary<string, string> s_noVariables = new Dictionary<string, string>();

    [Theory]
    [InlineData(null)]
    [InlineData("10.0.0.0/8,192.0.2.1")]
    public async Task XForwardedFor_OfAPeerThatIsNotTrusted_IsIgnored(string? proxies)
    {
        await using var center = await StartAsync(proxies is null ? [] : ["--trusted-proxies", proxies]);

        var tries = await GuessAsync(center, Enumerable.Range(1, Allowed + 1).Select(n => $"203.0.113.{n}"));

        Assert.Equal(HttpStatusCode.TooManyRequests, tries[Allowed]);
    }

    [Fact]
    public async Task XForwardedFor_OfATrustedPeer_IsTheCaller()
    {
        await using var center = await StartAsync(["--trusted-proxies", "10.0.0.0/8,127.0.0.1"]);

        var tries = await GuessAsync(center, [.. Enumerable.Repeat("203.0.113.1", Allowed + 1), "203.0.113.2"]);

        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.Unauthorized], tries[Allowed..]);
    }

    /// <summary>A caller may send the header itself; each proxy adds to its end whom it heard.</summary>
    [Fact]
    public async Task XForwardedFor_BehindProxiesInARow_IsWhomTheFirstOfOursHeard()
    {
        await using var center = await StartAsync(["--trusted-proxies", "127.0.0.0/8,10.0.0.0/8"]);

        var tries = await GuessAsync(
            center, [.. Enumerable.Range(1, Allowed + 1).Select(n => $"198.51.100.{n}, 203.0.113.7, 10.0.0.3"), "203.0.113.8, 10.0.0.3"]);

        Assert.Equal([HttpStatusCode.TooManyRequests, HttpStatusCode.Unauthorized], tries[Allowed..]);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8", false)]
    public async Task XForwardedProto_Https_MakesTheCookieSecureIfThePeerIsTrusted(string proxies, bool isSecure)
    {
        await using var center = await StartAsync(["--trusted-proxies", proxies]);
        using var browser = center.Client();
        browser.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.1");
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        var answer = await LoginAsync(browser, DatabaseTemplate.AdminPassword);

        Assert.Equal(isSecure, Assert.Single(answer.Headers.GetValues("Set-Cookie")).Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1, 10.1.2.3")]
    public async Task Debug_ThroughATrustedProxy_IsNobody(string forwardedFor)
    {
        await using var center = await StartAsync(["--debug", "--trusted-proxies", "127.0.0.1"]);
        using var nobody = center.Client();
        nobody.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);

        var answer = await nobody.GetAsync("/api/v1/agents", TestCenter.Cancelled);

        await answer.ProblemAsync(HttpStatusCode.Unauthorized, "auth.required");
    }

    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("10.0.0.0/8, 192.0.2.0/24")]
    [InlineData("fd00::/8,::1")]
    [InlineData("0.0.0.0/0")]
    public void Setting_AddressesAndNetworks_AreTaken(string text) => Assert.Empty(Read("--trusted-proxies", text).Errors);

    [Theory]
    [InlineData("proxy.example.com")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.7:8080")]
    public void Setting_SomethingElse_IsOneErrorThatSaysWhatToWrite(string text)
    {
        var error = Assert.Single(Read("--trusted-proxies", text).Errors);

        Assert.Contains(text, error, StringComparison.Ordinal);
        Assert.Contains("--trusted-proxies", error, StringComparison.Ordinal);
        Assert.Contains("write for example 10.0.0.7 or 10.0.0.0/8", error, StringComparison.Ordinal);
    }

    private static SettingsResult Read(params string[] flags) =>
        SettingsReader.Read(CenterSettings.Table, new RootCommand().WithSettings(CenterSettings.Table).Parse(flags), s_noVariables);

    /// <summary>Its minutes do not pass by themselves.</summary>
    private static Task<TestCenter> StartAsync(params string[] flags) => TestCenter.StartAsync(new TestClock { Wall = DateTimeOffset.UtcNow }, flags: flags);

    private static async Task<List<HttpStatusCode>> GuessAsync(TestCenter center, IEnumerable<string> forwardedFor)
    {
        List<HttpStatusCode> statuses = [];
        foreach (var header in forwardedFor)
        {
            using var caller = center.Client();
            caller.DefaultRequestHeaders.Add("X-Forwarded-For", header);
            statuses.Add((await LoginAsync(caller, "a wrong guess")).StatusCode);
        }

        Assert.All(statuses[..Allowed], status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        return statuses;
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient client, string password) =>
        client.PostAsJsonAsync("/api/v1/auth/login", new { username = "admin", password }, TestCenter.Cancelled);
}
