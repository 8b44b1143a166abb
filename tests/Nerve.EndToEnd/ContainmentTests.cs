using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>What the host's owner refuses, and what is too long to keep, as the API shows it.</summary>
public sealed class ContainmentTests : IAsyncLifetime
{
    private Site _site = null!;
    private AgentInfo _agent = null!;

    private string Policy => _site.At("agent-policy.yaml");

    public async ValueTask InitializeAsync()
    {
        _site = await Site.StartAsync();
        await File.WriteAllTextAsync(Policy, "commands: [/usr/bin/seq]\n", TestContext.Current.CancellationToken);
        (_, _agent) = await _site.StartAgentAsync("agent", "--policy", Policy);
    }

    public ValueTask DisposeAsync() => _site?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Run_ThatTheHostsOwnerDoesNotAllow_EndsRefusedAndNamesTheRule()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can own a policy.");
        var (refused, _) = await RunAsync("id", []);

        await File.WriteAllTextAsync(Policy, "commands: [/usr/bin/id]\n", TestContext.Current.CancellationToken);
        var (allowed, _) = await RunAsync("id", []);
        await File.WriteAllTextAsync(Policy, "command: [/usr/bin/id]\n", TestContext.Current.CancellationToken);
        var (broken, _) = await RunAsync("id", []);

        Assert.Equal(("refused", null, null), (refused.State, refused.ExitCode, refused.StartedAt));
        Assert.Equal($"The policy of the host ({Policy}) refuses it: commands: /usr/bin/id is not among them.", refused.Error);
        Assert.Equal("succeeded", allowed.State);
        Assert.Equal("refused", broken.State);
        Assert.Contains($"{Policy}:1: unknown key 'command'", broken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_LongerThanItsLimit_HasItsStartAndItsEnd()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can own a policy.");
        var (run, output) = await RunAsync("seq", ["500000"]);

        Assert.Equal(("succeeded", 3_388_895, true), (run.State, run.OutputBytes, run.OutputTruncated));
        Assert.StartsWith("1\n2\n3\n", output, StringComparison.Ordinal);
        Assert.Contains(" bytes are left out here]\n", output, StringComparison.Ordinal);
        Assert.EndsWith("499999\n500000\n", output, StringComparison.Ordinal);
        Assert.InRange(output.Length, 99_500, 100_000);
    }

    [Fact]
    public async Task Secret_OfATask_ReachesTheProgramAndNoFileOfCenterOrAgent()
    {
        await File.WriteAllTextAsync(Policy, "read-only: false\n", TestContext.Current.CancellationToken);
        const string Secret = "hunter2-correct-horse";
        var (run, output) = await _site.RunAsync(new
        {
            kind = "script",
            script = "[ ${#PASSWORD} = 21 ] && echo \"got $PASSWORD\"",
            secrets = new Dictionary<string, string> { ["PASSWORD"] = Secret },
            target = new { agents = new[] { _agent.Id } },
        });

        Assert.Equal(("succeeded", null), (run.State, run.Error));
        Assert.Equal("got ***\n", output);
        Assert.All(Directory.GetFiles(_site.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("lock", StringComparison.Ordinal)), file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(Secret, reader.ReadToEnd(), StringComparison.Ordinal);
        });
    }

    private Task<(RunInfo Run, string Output)> RunAsync(string command, string[] args) => _site.RunAsync(
        new { kind = "command", command, args, outputLimitBytes = 100_000, target = new { agents = new[] { _agent.Id } } });
}
