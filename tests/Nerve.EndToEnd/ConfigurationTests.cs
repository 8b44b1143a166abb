using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>The native agent leaves parts of the YAML library out: it reads its file as the library does all the same.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public async Task Agent_WithAFile_DoesWhatItSays()
    {
        await using var site = await Site.StartAsync();
        await WriteAsync(site, $$"""
            # Comments, lists, mappings, an anchor and an empty tag, quotes and blocks.
            server:
              - {{site.Server.AbsoluteUri}}
            token-file: '{{site.WriteToken()}}'
            state: &where "{{site.At("agent-state")}}"
            labels:
              room: "B \u00e9"
              row: ! 'plain ''7'''
            cluster: >-
              blue
              team
            """);

        var process = site.StartProcess("agent", Programs.Agent, ["--config", site.At("agent.yaml")]);

        var agents = await site.EventuallyAsync(
            "it is online", site.Api.AgentsAsync, found => process.HasExited || found.Any(one => one.Status == "online"));
        Assert.False(process.HasExited, process.StandardError);
        var agent = Assert.Single(agents);
        Assert.Equal("blue team", agent.Cluster);
        Assert.Equal(new() { ["room"] = "B é", ["row"] = "plain '7'" }, agent.Labels);
    }

    [Theory]
    [InlineData("server: &a[b c\n")]
    [InlineData("server: &\n")]
    [InlineData("server: !<tag:,2026:x\n")]
    [InlineData("%TAG ! ! \n%TAG x tag:example.com,2026:\n---\nserver: x\n")]
    [InlineData("server: !a!b c\n")]
    public async Task Agent_WithAFileThatCannotBeMeant_SaysSoInOneLine(string yaml)
    {
        await using var site = Site.WithoutCenter();
        await WriteAsync(site, yaml);

        var agent = site.StartProcess("agent", Programs.Agent, ["--config", site.At("agent.yaml"), "--token", "any", "--state", site.At("agent-state")]);

        Assert.Equal(2, await agent.ExitAsync());
        Assert.StartsWith(site.At("agent.yaml") + ":", agent.StandardError);
        Assert.DoesNotContain("   at ", agent.StandardError);
    }

    private static Task WriteAsync(Site site, string yaml) =>
        File.WriteAllTextAsync(site.At("agent.yaml"), yaml, TestContext.Current.CancellationToken);
}
