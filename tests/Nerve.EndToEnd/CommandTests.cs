using System.Diagnostics;
using Nerve.EndToEnd.Harness;

namespace Nerve.EndToEnd;

/// <summary>Commands and scripts on a real agent, seen through the API. They do not disturb each other: one site is enough.</summary>
public sealed class CommandTests(CommandTests.OneAgent site) : IClassFixture<CommandTests.OneAgent>
{
    private readonly Site _site = site.Site;
    private readonly AgentInfo _agent = site.Agent;

    private object Here => new { agents = new[] { _agent.Id } };

    [Fact]
    public async Task Command_WhileItRuns_ItsOutputIsRead()
    {
        var started = Stopwatch.StartNew();
        var task = (await _site.Api.CreateTaskAsync(new
        {
            kind = "command",
            command = "/bin/sh",
            args = new[] { "-c", "echo first; until [ -e \"$0\" ]; do sleep 0.05; done; echo last; echo oops >&2; exit 3", _site.At("go") },
            target = Here,
        })).Id;

        using var output = await _site.Api.FollowAsync(task, _agent.Id);
        Assert.Equal("first", await output.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("running", null), ((await _site.Api.RunAsync(task)).State, (await _site.Api.RunAsync(task)).FinishedAt));
        var sawFirst = started.ElapsedMilliseconds;
        await File.WriteAllTextAsync(_site.At("go"), "", TestContext.Current.CancellationToken);
        var rest = await output.ReadToEndAsync(TestContext.Current.CancellationToken);
        var run = await _site.OverAsync(task);

        Assert.Equal(["last", "oops"], rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(("failed", 3, null), (run.State, run.ExitCode, run.Signal));
        Assert.InRange(run.DurationMilliseconds!.Value, 0, started.ElapsedMilliseconds);
        Assert.True(run.FinishedAt >= run.StartedAt, $"{run} after {sawFirst} ms");
        Assert.Equal("failed", (await _site.Api.TaskAsync(task)).State);
        Assert.Equal("first\nlast\n", await _site.Api.OutputAsync(run, task, "?stream=stdout"));
        Assert.Equal("oops\n", await _site.Api.OutputAsync(run, task, "?stream=stderr"));
    }

    [Fact]
    public async Task Command_WithArgumentsAShellWouldTouch_GetsThemAsTheyAre()
    {
        string[] words = ["two words", "$HOME", "; exit 9", "*", "", "引号 ' \" \\"];

        var (run, output) = await _site.RunAsync(new { kind = "command", command = "printf", args = (string[])["[%s]\n", .. words], target = Here });

        Assert.Equal(("succeeded", 0), (run.State, run.ExitCode));
        Assert.Equal(string.Concat(words.Select(word => $"[{word}]\n")), output);
    }

    [Fact]
    public async Task Command_ThatIsNotThere_FailsAndSaysSo()
    {
        var (run, _) = await _site.RunAsync(new { kind = "command", command = "nerve-no-such-program", target = Here });

        Assert.Equal(("failed", null), (run.State, run.ExitCode));
        Assert.Contains("nerve-no-such-program", run.Error);
    }

    [Fact]
    public async Task Script_WithAShebang_RunsUnderIt()
    {
        var (run, output) = await _site.RunAsync(new
        {
            kind = "script",
            script = "#!/usr/bin/perl -w\nprint \"perl says $ARGV[0]\\n\"; exit 4;\n",
            args = new[] { "hello" },
            target = Here,
        });

        Assert.Equal(("failed", 4, "perl says hello\n"), (run.State, run.ExitCode, output));
    }

    [Fact]
    public async Task Script_WithInterpreterInputEnvironmentAndFolder_GetsThemAll()
    {
        Directory.CreateDirectory(_site.At("work"));

        var (run, output) = await _site.RunAsync(new
        {
            kind = "script",
            script = "read -r line; echo \"$line|$COLOUR|$PWD|${BASH_VERSION:+bash}\"; cat",
            interpreter = "/bin/bash",
            stdin = "第一行\nsecond line\n",
            env = new Dictionary<string, string> { ["COLOUR"] = "dark blue" },
            workingDirectory = _site.At("work"),
            target = Here,
        });

        Assert.Equal("succeeded", run.State);
        Assert.Equal($"第一行|dark blue|{_site.At("work")}|bash\nsecond line\n", output);
    }

    [Fact]
    public async Task Script_WritingWhatIsNoText_IsShownHarmlessly()
    {
        var (run, output) = await _site.RunAsync(new { kind = "script", script = @"printf 'a\377\376b\n'", target = Here });

        Assert.Equal(("succeeded", "a\uFFFD\uFFFDb\n", 5), (run.State, output, run.OutputBytes));
    }

    [Fact]
    public async Task Task_ForAllHosts_RunsHere()
    {
        var (run, output) = await _site.RunAsync(new { kind = "command", command = "uname", args = new[] { "-n" }, target = new { all = true } });

        Assert.Equal((_agent.Id, _agent.Hostname + "\n"), (run.AgentId, output));
    }

    public sealed class OneAgent : IAsyncLifetime
    {
        internal Site Site { get; private set; } = null!;

        internal AgentInfo Agent { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Site = await Site.StartAsync();
            (_, Agent) = await Site.StartAgentAsync();
        }

        public ValueTask DisposeAsync() => Site?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
