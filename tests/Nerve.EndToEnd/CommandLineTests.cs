using System.Text.Json;
using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>The programs as people type them.</summary>
public sealed class CommandLineTests
{
    /// <summary>Only the port is the test's own, and where the agent keeps its state, which for root would be this machine's.</summary>
    [Fact]
    public async Task OriginalLines_AsWritten_ShowTheFleet()
    {
        await using var site = Site.WithoutCenter();
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Programs.Center)}:{Path.GetDirectoryName(Programs.Agent)}:{Environment.GetEnvironmentVariable("PATH")}",
            ["NERVE_STATE"] = site.At("agent-state"),
        };
        ChildProcess Type(string name, string line) => site.StartProcess(name, "/bin/sh", ["-c", "exec " + line], environment);

        var center = Type("center", $"nerve-center --addr :{site.Port} --debug");
        Type("agent", $"nerve-agent --server=http://localhost:{site.Port} --token=test --debug");
        var calls = 0;
        var answer = await site.EventuallyAsync(
            "the agent is listed",
            async () =>
            {
                var curl = Type($"curl{++calls}", $"curl -s http://localhost:{site.Port}/api/v1/agents/list");
                return await curl.ExitAsync() == 0 ? curl.StandardOutput : "";
            },
            text => text.Contains("\"online\"", StringComparison.Ordinal));

        using var fleet = JsonDocument.Parse(answer);
        Assert.Equal(Environment.MachineName, fleet.RootElement.GetProperty("items")[0].GetProperty("hostname").GetString());
        Assert.Equal(1, fleet.RootElement.GetProperty("total").GetInt32());
        Assert.Contains("DEBUG MODE", center.StandardError);
        Assert.Contains("First start: sign in as 'admin' with the password", center.StandardOutput);
    }

    /// <summary>As the README says to do it by hand.</summary>
    [Fact]
    public async Task Tokens_MadeOnTheCommandLine_LetAProgramAndAMachineIn()
    {
        await using var site = await Site.StartAsync();
        async Task<string> SecretAsync(string name, params string[] arguments)
        {
            var command = site.StartProcess(name, Programs.Center, [.. arguments, "--data", site.At("center-data")]);
            Assert.Equal(0, await command.ExitAsync());
            return Assert.Single(command.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        site.LaunchAgent(token: await SecretAsync("enrol", "enroll-token", "create", "--name", "rack-7", "--ttl", "1d"));
        using var program = new HttpClient();
        program.DefaultRequestHeaders.Authorization = new("Bearer", await SecretAsync("token", "token", "create", "--role", "viewer"));

        await site.EventuallyAsync(
            "the program sees the machine",
            () => program.GetStringAsync(new Uri(site.Server, "/api/v1/agents?status=online"), TestContext.Current.CancellationToken),
            fleet => fleet.Contains("\"total\":1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Center_OnAPortInUse_EndsSayingWhichAndWhatToDo()
    {
        await using var site = await Site.StartAsync();

        var second = site.StartProcess("second", Programs.Center, ["--addr", $":{site.Port}", "--data", site.At("second-data")]);

        Assert.Equal(2, await second.ExitAsync());
        Assert.Contains($"addr: :{site.Port} is in use by another program", second.StandardError);
        Assert.Contains("--addr", second.StandardError);
        Assert.Single(second.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Agent_WithTheStateOfARunningOne_EndsSayingSo()
    {
        await using var site = await Site.StartAsync();
        await site.StartAgentAsync();

        var second = site.LaunchAgent();

        Assert.Equal(2, await second.ExitAsync());
        Assert.Contains("another nerve-agent is using the folder", second.StandardError);
    }
}
