using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>Links that take in slowly what is sent: agents on a thin line, or thousands of them on one.</summary>
public sealed class RunSenderTests : IDisposable
{
    private static readonly string s_large = new('#', 500_000);

    private readonly FakeTimeProvider _time = new();
    private readonly SlowLinks _links = new();
    private readonly RunSender _sender;

    public RunSenderTests() => _sender = new RunSender(_time);

    public void Dispose() => _sender.Dispose();

    [Theory]
    [InlineData("script")]
    [InlineData("stdin")]
    [InlineData("args")]
    [InlineData("env")]
    [InlineData("secretEnv")]
    public async Task Send_LargeRunsToManyLinksThatTakeNothing_SomeAreHeld_AndTheRestWaits(string where)
    {
        var sent = Enumerable.Range(0, 1000).Select(_ => _sender.SendAsync(_links, Large(where))).ToList();

        // With half a megabyte each, and twice, that is the memory that they cost.
        Assert.InRange(_links.Begun.Count, 1, 100);
        _links.Take(1000);
        await Task.WhenAll(sent).WithinLimitAsync();
        Assert.Equal(1000, _links.Begun.Select(it => it.RunId).Distinct().Count());
    }

    [Fact]
    public async Task Send_SmallRun_DoesNotWaitForLargeOnes()
    {
        var large = Enumerable.Range(0, 1000).Select(_ => _sender.SendAsync(_links, Assignment(s_large))).ToList();
        var small = Assignment("id");

        _ = _sender.SendAsync(_links, small);

        Assert.Contains(small.RunId, _links.Begun.Select(it => it.RunId));
        _links.Take(1001);
        await Task.WhenAll(large).WithinLimitAsync();
    }

    [Fact]
    public async Task Send_RunThatWaited_SaysHowLongIsLeft_AndOneThatExpiredMeanwhileIsNotSent()
    {
        var before = Enumerable.Range(0, 100).Select(_ => _sender.SendAsync(_links, Assignment(s_large))).ToList();
        var (patient, urgent) = (Assignment(s_large, left: TimeSpan.FromMinutes(10)), Assignment(s_large, left: TimeSpan.FromSeconds(30)));
        var after = new[] { _sender.SendAsync(_links, patient), _sender.SendAsync(_links, urgent) };

        _time.Advance(TimeSpan.FromMinutes(1));
        _links.Take(1000);
        await Task.WhenAll([.. before, .. after]).WithinLimitAsync();

        Assert.Equal(9 * 60, _links.Begun.Single(it => it.RunId == patient.RunId).ExpiresInSeconds);
        Assert.DoesNotContain(urgent.RunId, _links.Begun.Select(it => it.RunId));
    }

    private RunAssignment Large(string where)
    {
        var variables = new Dictionary<string, string> { ["DATA"] = s_large };
        return where switch
        {
            "script" => Assignment(s_large),
            "stdin" => Assignment("id") with { Stdin = s_large },
            "args" => Assignment("id") with { Args = [s_large] },
            "env" => Assignment("id") with { Env = variables },
            _ => Assignment("id") with { SecretEnv = variables },
        };
    }

    private RunAssignment Assignment(string script, TimeSpan? left = null) => new(
        Guid.NewGuid(), Guid.NewGuid(), TaskKind.Script, null, [], script, null, new Dictionary<string, string>(), null, null,
        null, 60, _time.GetUtcNow() + (left ?? TimeSpan.FromHours(1)), 1 << 20);

    private sealed class SlowLinks : IAgentPeer
    {
        private readonly ConcurrentQueue<RunAssignment> _begun = new();
        private readonly SemaphoreSlim _room = new(0);

        public IReadOnlyCollection<RunAssignment> Begun => _begun;

        public void Take(int messages) => _room.Release(messages);

        public Task Run(RunAssignment assignment)
        {
            _begun.Enqueue(assignment);
            return _room.WaitAsync(TestCenter.Cancelled);
        }

        public Task Cancel(RunCancel cancel) => Task.CompletedTask;

        public Task Configure(AgentSettings settings) => Task.CompletedTask;
    }
}
