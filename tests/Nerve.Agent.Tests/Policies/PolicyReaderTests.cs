using Nerve.Agent.Policies;
using Nerve.Configuration;

namespace Nerve.Agent.Tests.Policies;

public class PolicyReaderTests
{
    [Fact]
    public void Read_EveryKey_IsUnderstood()
    {
        var policy = Read(
            """
            # The owner's word
            read-only: false
            kinds: [command, script]
            users: [deploy, nobody]
            env: [LANG, "APP_*"]
            commands:
              - /usr/bin/nvidia-smi
              - path: /opt/tools/*
                sha256: 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08
            windows:
              - days: [mon, fri]
                hours: "20:00-06:00"
              - days: [sun]
            limits: {seconds: 3600, runs: 4, cpu-percent: 150, memory: 8GiB, processes: 512}
            """, out var errors);

        Assert.Empty(errors);
        Assert.False(policy.ReadOnly);
        Assert.Equal(["command", "script"], policy.Kinds);
        Assert.Equal(["deploy", "nobody"], policy.Users);
        Assert.Equal(["LANG", "APP_*"], policy.Env);
        Assert.Equal([null, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"], policy.Commands!.Select(rule => rule.Sha256));
        Assert.Equal(2, policy.Windows!.Count);
        Assert.Equal((3600, 4, 150, 8L << 30, 512), (policy.Seconds, policy.Runs, policy.CpuPercent, policy.MemoryBytes, policy.Processes));
    }

    [Fact]
    public void Read_KeyLeftOut_LeavesItToTheCenter()
    {
        var policy = Read("read-only: true", out var errors);

        Assert.Empty(errors);
        Assert.True(policy.ReadOnly);
        Assert.Null(policy.Kinds ?? policy.Users ?? policy.Env);
        Assert.Null(policy.Commands);
        Assert.Null(policy.Windows);
        Assert.Null(policy.Seconds ?? policy.Runs ?? policy.CpuPercent ?? policy.Processes ?? policy.MemoryBytes);
    }

    [Theory]
    [InlineData("", "1: says nothing; write 'read-only: false' if everything is to be allowed")]
    [InlineData("# only words\n", "1: says nothing")]
    [InlineData("- read-only", "1: says nothing")]
    [InlineData("kinds: [command]\nuser: [root]", "2: unknown key 'user'; the keys are read-only, kinds, users,")]
    [InlineData("read-only: yes", "1: read-only: write true or false")]
    [InlineData("kinds: command", "1: kinds: write a list; [] is none")]
    [InlineData("kinds: [commands]", "1: kinds: 'commands': write command or script")]
    [InlineData("users:", "1: users: write a list; [] is none")]
    [InlineData("users: [{name: root}]", "1: users: write simple values")]
    [InlineData("env: [A*B]", "1: env: 'A*B': a star stands at the end only")]
    [InlineData("commands: [ls]", "1: commands: 'ls' is no absolute path")]
    [InlineData("commands: [{path: /bin/ls, sha256: abc}]", "1: commands: 'abc' is no SHA-256")]
    [InlineData("commands: [{path: /bin/ls, sha256: }]", "1: commands: '' is no SHA-256")]
    [InlineData("commands: [{path: /bin/ls, sha: abc}]", "1: commands: unknown key 'sha'; the keys are path, sha256")]
    [InlineData("windows: [{day: mon}]", "1: windows: unknown key 'day'; the keys are days, hours")]
    [InlineData("windows: [{days: [monday]}]", "1: windows: days: 'monday': write mon, tue,")]
    [InlineData("windows: [{hours: '8-9'}]", "1: windows: hours: '8-9' is no span of hours; write for example '20:00-06:00'")]
    [InlineData("windows: [{hours: '08:00-24:01'}]", "1: windows: hours:")]
    [InlineData("windows: [{hours: '08:00-08:00'}]", "1: windows: hours:")]
    [InlineData("limits: {runs: 0}", "1: limits: runs: '0' is no number above 0")]
    [InlineData("limits: {seconds: 1h}", "1: limits: seconds: '1h' is no number above 0")]
    [InlineData("limits: {memory: 8GB}", "1: limits: memory: '8GB' is no size; write for example 8GiB")]
    [InlineData("limits: {memory: 9000000TiB}", "1: limits: memory:")]
    [InlineData("limits: {cpu: 5}", "1: limits: unknown key 'cpu'; the keys are seconds, runs,")]
    public void Read_Wrong_IsNamedWithItsLine(string text, string error)
    {
        Read(text, out var errors);

        Assert.Contains(errors, one => one.StartsWith(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kinds: [command", "is not valid YAML")]
    [InlineData("kinds: [command]\nkinds: []", "2: 'kinds' is set twice")]
    [InlineData("kinds: &a [command]\nusers: *a", "2: only simple values, lists and mappings are understood, no references")]
    [InlineData("kinds: []\n---\nkinds: []", "has a second document")]
    [InlineData("a: [[[[[[[[[[[]]]]]]]]]]]", "1: is nested too deeply")]
    [InlineData("[a]: 1", "is not a simple key")]
    public void Read_NoPlainYaml_IsRefused(string text, string error)
    {
        var fault = Assert.Throws<ConfigurationException>(() => Read(text, out _));

        Assert.Contains(error, fault.Message, StringComparison.Ordinal);
    }

    private static HostPolicy Read(string text, out List<string> errors)
    {
        errors = [];
        return new PolicyReader(errors).Read(YamlTree.Read(new StringReader(text)));
    }
}
