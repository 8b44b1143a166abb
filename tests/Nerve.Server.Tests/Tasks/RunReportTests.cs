using System.Text.Json;
using CsCheck;
using Nerve.Protocol;
using Nerve.Protocol.Runs;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>What agents report of their runs, believed as far as it can be.</summary>
public sealed class RunReportTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Run_FromOfferToEnd_TellsEachState()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        Assert.Equal(("pending", "pending"), (await _center.TaskStateAsync(task), await _center.RunStateAsync(task, agent)));

        Assert.True((await agent.StartAsync(run)).Accepted);
        Assert.Equal(("running", "running"), (await _center.TaskStateAsync(task), await _center.RunStateAsync(task, agent)));

        await agent.WriteAsync(run, 0, "node-1\n");
        Assert.True((await agent.FinishAsync(run, bytes: 7)).Accepted);

        var ended = await _center.RunAsync(task, agent);
        Assert.Equal(("succeeded", 0, 7, false), (
            ended.GetProperty("state").GetString(), ended.GetProperty("exitCode").GetInt32(),
            ended.GetProperty("outputBytes").GetInt32(), ended.GetProperty("outputTruncated").GetBoolean()));
        Assert.InRange(ended.GetProperty("durationMilliseconds").GetInt64(), 1, 60_000);
        var whole = await _center.TaskAsync(task);
        Assert.Equal("succeeded", whole.GetProperty("state").GetString());
        Assert.Equal(1, whole.GetProperty("counts").GetProperty("succeeded").GetInt32());
        Assert.NotEqual(JsonValueKind.Null, whole.GetProperty("finishedAt").ValueKind);
    }

    [Theory]
    [InlineData(RunState.Failed, 3, "failed", "failed")]
    [InlineData(RunState.TimedOut, null, "timedOut", "failed")]
    [InlineData(RunState.Cancelled, null, "cancelled", "cancelled")]
    [InlineData(RunState.Lost, null, "lost", "failed")]
    [InlineData(RunState.Expired, null, "expired", "expired")]
    [InlineData(RunState.Refused, null, "refused", "failed")]
    public async Task Finish_EachEnd_IsTheRunsAndDecidesTheTask(RunState state, int? exitCode, string run, string task)
    {
        await using var agent = await _center.JoinAsync();
        var id = await _center.CommandAsync(agent);
        var offered = await agent.NextRunAsync();

        Assert.True((await agent.FinishAsync(offered.RunId, state, exitCode)).Accepted);

        Assert.Equal((run, task), (await _center.RunStateAsync(id, agent), await _center.TaskStateAsync(id)));
    }

    [Fact]
    public async Task Finish_SignalAndError_AreShown()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        var now = DateTimeOffset.UtcNow;

        await agent.ReportRunFinished(new RunFinished(run, RunState.Failed, null, "SIGKILL", new string('x', 5000), now, now, 12, true));

        var ended = await _center.RunAsync(task, agent);
        Assert.Equal(("SIGKILL", 1000, 12L, true), (
            ended.GetProperty("signal").GetString(), ended.GetProperty("error").GetString()!.Length,
            ended.GetProperty("outputBytes").GetInt64(), ended.GetProperty("outputTruncated").GetBoolean()));
    }

    [Fact]
    public async Task Finish_Twice_IsAppliedOnce()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        var now = DateTimeOffset.UtcNow;
        await agent.ReportRunFinished(new RunFinished(run, RunState.Failed, 1, null, "first", now, now, 0, false));

        var again = await agent.ReportRunFinished(new RunFinished(run, RunState.Failed, 2, null, "second", now, now.AddMinutes(1), 0, false));

        Assert.True(again.Accepted);
        var ended = await _center.RunAsync(task, agent);
        Assert.Equal((1, "first"), (ended.GetProperty("exitCode").GetInt32(), ended.GetProperty("error").GetString()));
        Assert.Equal(1, (await _center.TaskAsync(task)).GetProperty("counts").GetProperty("failed").GetInt32());
    }

    [Fact]
    public async Task Finish_OtherEndThanBefore_IsRefused()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.FinishAsync(run, RunState.Failed, 1);

        var reply = await agent.FinishAsync(run);

        Assert.Equal((false, ProblemCodes.RunTransition), (reply.Accepted, reply.Code));
        Assert.Equal("failed", await _center.RunStateAsync(task, agent));
    }

    [Theory]
    [InlineData(RunState.Pending)]
    [InlineData(RunState.Running)]
    public async Task Finish_WithNoEnd_IsRefused(RunState state)
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);

        var reply = await agent.FinishAsync(run, state);

        Assert.Equal((false, ProblemCodes.RunTransition), (reply.Accepted, reply.Code));
        Assert.Equal("running", await _center.RunStateAsync(task, agent));
    }

    [Theory]
    [InlineData(RunState.Expired)]
    [InlineData(RunState.Refused)]
    public async Task Finish_RunningAsNeverStarted_IsRefused(RunState state)
    {
        await using var agent = await _center.JoinAsync();
        await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);

        Assert.Equal(ProblemCodes.RunTransition, (await agent.FinishAsync(run, state)).Code);
    }

    [Fact]
    public async Task Start_AfterTheEnd_ChangesNothing()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.FinishAsync(run, RunState.Cancelled, null);

        await agent.StartAsync(run);

        Assert.Equal("cancelled", await _center.RunStateAsync(task, agent));
    }

    [Fact]
    public async Task Start_Twice_IsAccepted()
    {
        await using var agent = await _center.JoinAsync();
        await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;

        Assert.True((await agent.StartAsync(run)).Accepted);
        Assert.True((await agent.StartAsync(run)).Accepted);
    }

    [Fact]
    public async Task EveryReport_OfAnotherAgentsRun_IsAsUnknownAsNone()
    {
        await using var owner = await _center.JoinAsync("owner");
        await using var hostile = await _center.JoinAsync("hostile");
        var task = await _center.CommandAsync(owner);
        var run = (await owner.NextRunAsync()).RunId;
        await owner.StartAsync(run);
        await owner.WriteAsync(run, 0, "true words");

        foreach (var target in new[] { run, Guid.CreateVersion7() })
        {
            Assert.Equal(ProblemCodes.RunUnknown, (await hostile.StartAsync(target)).Code);
            Assert.Equal(ProblemCodes.RunUnknown, (await hostile.WriteAsync(target, 10, " and lies")).Code);
            Assert.Equal(ProblemCodes.RunUnknown, (await hostile.FinishAsync(target)).Code);
        }

        Assert.Equal("running", await _center.RunStateAsync(task, owner));
        Assert.Equal("true words", await _center.OutputAsync(task, owner));
    }

    [Fact]
    public async Task Hello_ClaimsAnotherAgentsRun_IsToldToDropIt_AndLosesItForNobody()
    {
        await using var owner = await _center.JoinAsync("owner");
        var task = await _center.CommandAsync(owner);
        var run = (await owner.NextRunAsync()).RunId;
        await owner.StartAsync(run);
        await using var hostile = await _center.EnrolAsync("hostile");
        var nothing = Guid.CreateVersion7();
        hostile.Journal.UnionWith([run, nothing]);

        var greeting = await hostile.ConnectAsync();

        Assert.Equal(new[] { run, nothing }.Order(), greeting.UnknownRuns.Order());
        Assert.Equal("running", await _center.RunStateAsync(task, owner));
    }

    [Fact]
    public void Transitions_AnyTwoStates_LeaveNothingThatIsOver_ButWhatWasLost() => Gen.Enum<RunState>().Sample(end =>
        Assert.All(RunTransitions.Before(end), from => Assert.Contains(from, new[] { RunState.Pending, RunState.Running, RunState.Lost })));
}
