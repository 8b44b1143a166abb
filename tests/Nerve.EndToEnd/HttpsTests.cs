using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>A center that is its own authority, with agents that were told of it or not.</summary>
public sealed class HttpsTests
{
    [Fact]
    public async Task Agent_ThatTrustsTheAuthority_Connects_AndAnotherSaysWhatIsMissing()
    {
        await using var site = Site.WithoutCenter();
        await StartCenterAsync(site);

        var told = Launch(site, "told", new() { ["SSL_CERT_FILE"] = site.At("center-data/tls/ca.crt") });
        var untold = Launch(site, "untold", []);

        await site.EventuallyAsync("it is connected", () => told.StandardError.Contains("Connected to https://localhost", StringComparison.Ordinal));
        await site.EventuallyAsync("the other says why not", () => untold.StandardError.Contains("SSL_CERT_FILE", StringComparison.Ordinal));
        Assert.DoesNotContain("Connected to", untold.StandardError);
    }

    private static async Task StartCenterAsync(Site site)
    {
        var token = site.StartProcess("token", Programs.Center, ["enroll-token", "create", "--data", site.At("center-data")]);
        Assert.Equal(0, await token.ExitAsync());
        site.WriteToken(token.StandardOutput.Trim());
        var address = $"127.0.0.1:{site.Port}";
        var center = site.StartProcess("center", Programs.Center, ["--addr", address, "--data", site.At("center-data"), "--tls"]);
        await site.EventuallyAsync("the center is ready", () => center.HasExited || center.StandardError.Contains($"is ready on https://{address}", StringComparison.Ordinal));
        Assert.False(center.HasExited, site.Logs());
    }

    private static ChildProcess Launch(Site site, string name, Dictionary<string, string> environment) => site.StartProcess(
        name, Programs.Agent, ["--server", $"https://localhost:{site.Port}", "--token-file", site.At("token"), "--state", site.At(name + "-state")], environment);
}
