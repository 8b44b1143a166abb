using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>A center that is its own authority, and agents that have been told of it or not.</summary>
public sealed class OwnAuthorityTests
{
    [Fact]
    public async Task Agent_ThatTrustsTheAuthority_Connects_AndAnotherSaysWhatIsMissing()
    {
        await using var site = Site.WithoutCenter();
        var data = site.At("center-data");
        var token = site.StartProcess("token", Programs.Center, ["enroll-token", "create", "--data", data]);
        Assert.Equal(0, await token.ExitAsync());
        site.WriteToken(token.StandardOutput.Trim());

        var center = site.StartProcess("center", Programs.Center, ["--addr", $"127.0.0.1:{site.Port}", "--data", data, "--tls"]);
        await site.EventuallyAsync("the center is ready", () => center.HasExited || center.StandardError.Contains($"https://127.0.0.1:{site.Port}", StringComparison.Ordinal));
        Assert.False(center.HasExited, site.Logs());

        var told = Launch(site, "told", new() { ["SSL_CERT_FILE"] = Path.Combine(data, "tls", "ca.crt") });
        var untold = Launch(site, "untold", []);

        await site.EventuallyAsync("it is connected", () => told.StandardError.Contains("Connected to https://localhost", StringComparison.Ordinal));
        await site.EventuallyAsync("the other says why not", () => untold.StandardError.Contains("SSL_CERT_FILE", StringComparison.Ordinal));
        Assert.DoesNotContain("Connected to", untold.StandardError);
    }

    private static ChildProcess Launch(Site site, string name, Dictionary<string, string> environment) => site.StartProcess(
        name, Programs.Agent, ["--server", $"https://localhost:{site.Port}", "--token-file", site.At("token"), "--state", site.At(name + "-state")], environment);
}
