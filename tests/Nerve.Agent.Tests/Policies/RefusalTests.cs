using System.Security.Cryptography;
using Nerve.Agent.Policies;
using Nerve.Agent.Tasks;
using Nerve.Agent.Tests.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Policies;

/// <summary>The host's owner has the last word: real supervisors, a real policy.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private readonly TestHost _host = new(start: false);

    private string Policy => _host.At("policy.yaml");

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can own a policy.");
        _host.Start(supervisor: new SupervisorCommand(TestHost.Supervisor.Program, "supervise", "--policy", Policy), policy: new PolicyFile(Policy));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("read-only: true", "read-only: this host takes no tasks.")]
    [InlineData("kinds: [script]", "kinds: 'command' is not among them.")]
    [InlineData("kinds: []", "kinds: 'command' is not among them.")]
    [InlineData("users: [nobody]", "users: it would run as 'root', who is not among them.")]
    [InlineData("env: [LANG]", "env: the variable 'GREETING' is not among them.")]
    [InlineData("commands: [/usr/bin/touch]", "commands: where programs are listed, tasks set only variables that are listed under env; 'GREETING' is not.")]
    [InlineData("{commands: [/usr/bin/true], env: ['*']}", "commands: /usr/bin/touch is not among them.")]
    [InlineData("windows: []", "windows: tasks may not begin at this time (")]
    [InlineData("limits: {seconds: 59}", "limits: seconds: its time limit is 60 s, at most 59 s are allowed.")]
    [InlineData("limit: {seconds: 59}", "it cannot be used, and so allows nothing: ")]
    public async Task Run_AgainstARule_IsRefusedByName(string policy, string rule)
    {
        await File.WriteAllTextAsync(Policy, policy, TestHost.Timeout);
        var run = Touching("ran") with { Env = new Dictionary<string, string> { ["GREETING"] = "hello" } };

        var result = await _host.RunAsync(run);

        Assert.Equal((RunState.Refused, null, null), (result.State, result.StartedAt, result.ExitCode));
        Assert.StartsWith($"The policy of the host ({Policy}) refuses it: {rule}", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_host.At("ran")));
        Assert.Equal(["finished"], _host.Center[run.RunId].Calls);
    }

    [Theory]
    [InlineData("read-only: false")]
    [InlineData("kinds: [command]")]
    [InlineData("users: [root]")]
    [InlineData("env: [GREET*]")]
    [InlineData("{commands: [/bin/touch], env: [GREETING]}")]
    [InlineData("{commands: [/usr/bin/*], env: [GREETING]}")]
    [InlineData("windows: [{hours: '00:00-24:00'}]")]
    [InlineData("limits: {seconds: 60}")]
    public async Task Run_WithinTheRules_Runs(string policy)
    {
        await File.WriteAllTextAsync(Policy, policy, TestHost.Timeout);
        var run = Touching("ran") with { Env = new Dictionary<string, string> { ["GREETING"] = "hello" } };

        var result = await _host.RunAsync(run);

        Assert.Equal((RunState.Succeeded, null), (result.State, result.Error));
        Assert.True(File.Exists(_host.At("ran")));
    }

    [Fact]
    public async Task Policy_Changed_CountsForTheNextRun()
    {
        await File.WriteAllTextAsync(Policy, "read-only: true", TestHost.Timeout);
        Assert.Equal(RunState.Refused, (await _host.RunAsync(Touching("first"))).State);

        await File.WriteAllTextAsync(Policy, "read-only: false", TestHost.Timeout);

        Assert.Equal(RunState.Succeeded, (await _host.RunAsync(Touching("second"))).State);
    }

    [Fact]
    public async Task Script_WhereProgramsAreListed_IsItsInterpreter()
    {
        await File.WriteAllTextAsync(Policy, "commands: [/usr/bin/perl]", TestHost.Timeout);

        var shell = await _host.RunAsync(Assignments.Script("echo shell"));
        var perl = await _host.RunAsync(Assignments.Script("#!/usr/bin/perl\nprint 1;"));

        Assert.Equal((RunState.Refused, RunState.Succeeded), (shell.State, perl.State));
        Assert.Contains("commands: /usr/bin/", shell.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_ByALinkOrAnotherFolder_IsTheFileItLeadsTo()
    {
        Directory.CreateDirectory(_host.At("tools"));
        File.CreateSymbolicLink(_host.At("tools/true"), "/usr/bin/touch");
        await File.WriteAllTextAsync(Policy, $"commands: [{_host.At("tools")}/*]", TestHost.Timeout);

        var byLink = await _host.RunAsync(Touching("ran") with { Command = _host.At("tools/true") });
        var byDots = await _host.RunAsync(Touching("ran") with { Command = _host.At("tools/../../../usr/bin/touch") });

        Assert.Equal((RunState.Refused, RunState.Refused), (byLink.State, byDots.State));
        Assert.False(File.Exists(_host.At("ran")));
    }

    /// <summary>A program that is many in one, as kmod is lsmod and insmod, is the one by whose name it is started.</summary>
    [Theory]
    [InlineData("allowed", "allowed", "allowed")]
    [InlineData("allowed", "other", "allowed")]
    [InlineData("allowed", "links/other", "allowed")]
    [InlineData("links/../allowed", "other", "links/../allowed")]
    [InlineData("many", "other", "many")]
    [InlineData("*", "other", "other")]
    [InlineData("all*", "allowed", null)]
    [InlineData("man*", "other", "many")]
    [InlineData("links/*", "links/other", null)]
    public async Task Program_ThatIsManyInOne_IsStartedByAListedName(string rule, string asked, string? name)
    {
        Directory.CreateDirectory(_host.At("links"));
        File.Copy("/bin/sh", _host.At("many"));
        File.CreateSymbolicLink(_host.At("allowed"), "many");
        File.CreateSymbolicLink(_host.At("other"), "many");
        File.CreateSymbolicLink(_host.At("links/other"), "../many");
        await File.WriteAllTextAsync(Policy, $"commands: ['{_host.At(rule)}']", TestHost.Timeout);
        var run = Assignments.Command(_host.At(asked), "-c", "tr '\\0' '\\n' < /proc/$$/cmdline | head -n 1");

        var result = await _host.RunAsync(run);

        if (name is null)
        {
            // A star stays in its folder, and the file is in another or has another name.
            Assert.Equal(RunState.Refused, result.State);
            return;
        }

        Assert.Equal((RunState.Succeeded, null), (result.State, result.Error));
        Assert.Equal(_host.At(name) + "\n", _host.Center[run.RunId].Stdout);
    }

    [Fact]
    public async Task Program_ListedUnderSeveralNames_IsTheOneThatWasAskedFor()
    {
        File.Copy("/bin/sh", _host.At("many"));
        File.CreateSymbolicLink(_host.At("one"), "many");
        File.CreateSymbolicLink(_host.At("two"), "many");
        await File.WriteAllTextAsync(Policy, $"commands: ['{_host.At("one")}', '{_host.At("two")}']", TestHost.Timeout);
        var run = Assignments.Command(_host.At("two"), "-c", "tr '\\0' '\\n' < /proc/$$/cmdline | head -n 1");

        await _host.RunAsync(run);

        Assert.Equal(_host.At("two") + "\n", _host.Center[run.RunId].Stdout);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("#!/bin/sh\ntouch \"$1\"\n")]
    public async Task Program_WithItsContentListed_RunsOnlyWithThatContent(string? script)
    {
        var program = _host.At("tool");
        File.Copy("/usr/bin/touch", program);
        if (script is not null)
        {
            await File.WriteAllTextAsync(program, script, TestHost.Timeout);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(program, TestHost.Timeout)));
        await File.WriteAllTextAsync(Policy, $"commands: [{{path: {program}, sha256: {hash}}}]", TestHost.Timeout);

        var right = await _host.RunAsync(Touching("right") with { Command = program });
        await File.AppendAllTextAsync(program, "#", TestHost.Timeout);
        var changed = await _host.RunAsync(Touching("changed") with { Command = program });

        Assert.Equal((RunState.Succeeded, null), (right.State, right.Error));
        Assert.True(File.Exists(_host.At("right")));
        Assert.Equal(RunState.Refused, changed.State);
        Assert.Contains($"the content of {program} is not what the policy says (its SHA-256 should be {hash}).", changed.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_host.At("changed")));
    }

    [Fact]
    public async Task Runs_MoreThanTheOwnerAllows_WaitForEachOther()
    {
        await File.WriteAllTextAsync(Policy, "limits: {runs: 1}", TestHost.Timeout);
        var runs = Enumerable.Range(0, 4).Select(i => Assignments.Script("echo begin >> \"$1\"; sleep 0.2; echo end >> \"$1\"", _host.At("log"))).ToList();
        foreach (var run in runs)
        {
            await _host.Manager.AcceptAsync(run, TestHost.Timeout);
        }

        await Task.WhenAll(runs.Select(run => _host.FinishedAsync(run.RunId)));

        Assert.Equal(Enumerable.Repeat(new[] { "begin", "end" }, 4).SelectMany(pair => pair), await File.ReadAllLinesAsync(_host.At("log"), TestHost.Timeout));
    }

    [Theory]
    [InlineData("limits: {cpu-percent: 100, memory: 1GiB, processes: 10}", null, null, null, 100, 1L << 30, 10)]
    [InlineData("limits: {cpu-percent: 100, memory: 1GiB, processes: 10}", 50, 2L << 30, 10, 50, 1L << 30, 10)]
    [InlineData("limits: {memory: 1GiB}", 50, null, 7, 50, 1L << 30, 7)]
    [InlineData("read-only: false", 50, 4L << 20, null, 50, 4L << 20, null)]
    public void Limits_OfTaskAndOwner_TheLowerCounts(string policy, int? cpu, long? memory, int? processes, int? cpuKept, long? memoryKept, int? processesKept)
    {
        File.WriteAllText(Policy, policy);

        Assert.Equal(new RunLimits(cpuKept, memoryKept, processesKept), new PolicyCheck(new PolicyFile(Policy)).Limit(new RunLimits(cpu, memory, processes)));
    }

    [Fact]
    public async Task Limits_OfTheOwnerThatTheHostCannotKeep_AreARefusal()
    {
        await File.WriteAllTextAsync(Policy, "limits: {processes: 50}", TestHost.Timeout);
        await _host.StopAsync();
        _host.Start(supervisor: new SupervisorCommand(
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c", $"umount --lazy --recursive /sys/fs/cgroup; exec \"$0\" supervise --policy {Policy} \"$1\"", TestHost.Supervisor.Program));

        var result = await _host.RunAsync(Touching("ran"));

        Assert.Equal((RunState.Refused, null), (result.State, result.StartedAt));
        Assert.Contains("refuses it: limits: This host cannot hold a run to limits", result.Error, StringComparison.Ordinal);
    }

    private RunAssignment Touching(string name) => Assignments.Command("/usr/bin/touch", _host.At(name));
}
