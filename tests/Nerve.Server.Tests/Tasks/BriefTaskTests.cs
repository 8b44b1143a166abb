using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;

namespace Nerve.Server.Tests.Tasks;

public sealed class BriefTaskTests
{
    private static readonly Guid[] s_hosts = [.. Enumerable.Range(0, 6000).Select(_ => Guid.CreateVersion7())];

    [Fact]
    public void Of_UsualTask_IsTheTask()
    {
        var task = Task(new TaskSpec { Command = "train", Args = ["--epochs", "3"], Env = new Dictionary<string, string> { ["RANK"] = "0" } }, s_hosts[..100]);

        Assert.Equal(new BriefTask(task, false), BriefTask.Of(task));
    }

    [Fact]
    public void Of_LongParts_KeepsTheirBeginnings()
    {
        var text = new string('x', 500_000);
        string[] args = [.. Enumerable.Range(0, 1000).Select(i => $"shard-{i:000}")];
        var env = Enumerable.Range(0, 1000).ToDictionary(i => $"V{i:000}", i => new string('y', 100));
        var task = Task(new TaskSpec { Script = text, Stdin = text, Args = args, Env = env }, s_hosts);

        var brief = BriefTask.Of(task);

        Assert.True(brief.IsAbridged);
        var (spec, hosts) = (brief.Task.Spec, brief.Task.Target.Agents!);
        Assert.Equal((text[..4000], text[..4000]), (spec.Script, spec.Stdin));
        Assert.Equal(args[..spec.Args.Count], spec.Args);
        Assert.Equal(s_hosts[..100], hosts);
        Assert.InRange(spec.Args.Sum(arg => arg.Length), 3900, 4000);
        Assert.InRange(spec.Env.Sum(pair => pair.Key.Length + pair.Value.Length), 3800, 4000);
        Assert.Equal(task with { Spec = spec, Target = brief.Task.Target }, brief.Task);
    }

    private static NerveTask Task(TaskSpec spec, IReadOnlyList<Guid> hosts) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = TaskKind.Script,
        Spec = spec,
        Target = new TaskTarget { Agents = hosts },
        ExpiresAfterSeconds = 60,
        ExpiresAt = DateTimeOffset.UnixEpoch,
        CreatedBy = "test",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
