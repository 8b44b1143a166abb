using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>How a machine gets into the fleet, and how it leaves.</summary>
public sealed class EnrolmentTests
{
    [Fact]
    public async Task Agent_WithAToken_IsSeenWithItsHardwareAndItsHeartbeats()
    {
        await using var site = await Site.StartAsync("--heartbeat-interval", "1s", "--sample-interval", "1s");
        var (_, agent) = await site.StartAgentAsync();

        var later = await site.EventuallyAsync(
            "a later heartbeat with metrics", () => site.Api.AgentAsync(agent.Id),
            now => now.LastSeenAt > agent.LastSeenAt && now.Kernel is not null && now.Metrics.GetValueOrDefault("cpu.used_percent") is not null);
        var inventory = await site.EventuallyAsync(
            "the inventory", () => site.Api.InventoryAsync(agent.Id), found => found.TryGetProperty("cpu", out _));

        var processors = await File.ReadAllLinesAsync("/proc/cpuinfo", TestContext.Current.CancellationToken);
        Assert.Equal((Kernel("hostname"), Kernel("osrelease")), (later.Hostname, later.Kernel));
        Assert.Equal(
            processors.Count(line => line.StartsWith("processor", StringComparison.Ordinal)),
            inventory.GetProperty("cpu").GetProperty("threadsOnline").GetInt32());
        Assert.Contains(
            inventory.GetProperty("filesystems").EnumerateArray(), found => found.GetProperty("mountPoint").GetString() == "/");
        Assert.InRange(later.Metrics["memory.used_percent"]!.Value, 0.1, 100);
    }

    [Fact]
    public async Task Agent_StartedBeforeTheCenter_ConnectsOnceItIsThere()
    {
        await using var site = await Site.StartAsync();
        await site.Center.StopAsync();
        var agent = site.LaunchAgent();
        await site.EventuallyAsync("it has tried in vain", () => agent.StandardError.Contains("Not enrolled at", StringComparison.Ordinal));

        await site.StartCenterAsync();

        await site.EventuallyAsync("it is online", site.Api.AgentsAsync, agents => agents.Any(one => one.Status == "online"));
        Assert.False(agent.HasExited);
    }

    [Fact]
    public async Task Agent_WithAWrongToken_SaysSoKeepsItSecretAndGoesOnTrying()
    {
        await using var site = await Site.StartAsync();
        var agent = site.LaunchAgent(token: "not-a-token-of-this-center");

        await site.EventuallyAsync("it says so", () => agent.StandardError.Contains("the enrolment token was refused", StringComparison.Ordinal));
        Assert.Empty(await site.Api.AgentsAsync());
        Assert.False(agent.HasExited);
        Assert.DoesNotContain("not-a-token", site.Logs());

        await File.WriteAllTextAsync(site.At("token"), await site.Api.CreateEnrolTokenAsync(), TestContext.Current.CancellationToken);
        await site.EventuallyAsync("the right one in the same file is taken", site.Api.AgentsAsync, agents => agents.Count == 1);
    }

    [Fact]
    public async Task Agent_WithACorruptIdentity_EndsNamingTheFileAndLeavesItAlone()
    {
        await using var site = Site.WithoutCenter();
        var identity = site.At("agent-state/identity.json");
        Directory.CreateDirectory(site.At("agent-state"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(identity, "{\"agentId\":\"0198", TestContext.Current.CancellationToken);

        var agent = site.LaunchAgent(token: "any");

        Assert.Equal(2, await agent.ExitAsync());
        Assert.Contains($"{identity} is damaged", agent.StandardError);
        Assert.Contains("Restore it from a backup, or move it away", agent.StandardError);
        Assert.Equal("{\"agentId\":\"0198", await File.ReadAllTextAsync(identity, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Agent_WithSeveralCenters_TriesThemInTurn()
    {
        await using var site = await Site.StartAsync();
        var nobody = $"http://127.0.0.1:{Ports.Free()}";

        site.LaunchAgent(server: $"{nobody},{site.Server.AbsoluteUri},{nobody}/nerve");

        await site.EventuallyAsync("it is online", site.Api.AgentsAsync, agents => agents.Any(one => one.Status == "online"));
    }

    /// <summary>At a heartbeat of 30 s patience lasts 90 s: only a goodbye is faster.</summary>
    [Fact]
    public async Task Agent_ToldToStop_IsOfflineAtOnce()
    {
        await using var site = await Site.StartAsync();
        var (process, agent) = await site.StartAgentAsync();

        var asked = TimeProvider.System.GetUtcNow();
        Assert.Equal(0, await process.StopAsync(Signals.Terminate));
        var gone = await site.EventuallyAsync("it is offline", () => site.Api.AgentAsync(agent.Id), now => now.Status == "offline");

        Assert.InRange((gone.StatusSince - asked).TotalSeconds, -1, 30);
    }

    [Fact]
    public async Task Agent_Killed_IsSuspectAtOnceAndOfflineAfterThreeHeartbeats()
    {
        await using var site = await Site.StartAsync("--heartbeat-interval", "4s");
        var (process, agent) = await site.StartAgentAsync();

        await process.KillAsync();

        await site.EventuallyAsync("it is suspect", () => site.Api.AgentAsync(agent.Id), now => now.Status == "suspect");
        var gone = await site.EventuallyAsync("it is offline", () => site.Api.AgentAsync(agent.Id), now => now.Status == "offline");
        Assert.True((gone.StatusSince - gone.LastSeenAt!.Value).TotalSeconds > 11, $"{gone}");
    }

    private static string Kernel(string name) => File.ReadAllText($"/proc/sys/kernel/{name}").Trim();
}
