using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>Failures that the caller calls transient are tried again, each attempt a run of its own.</summary>
public sealed class RunRetryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time);

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Fail_WithATransientCode_IsTriedAgainUnderANewId_UntilItSucceeds()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 2, exitCodes = new[] { 75 } });
        var first = await agent.NextRunAsync();
        await agent.StartAsync(first.RunId);
        await agent.WriteAsync(first.RunId, 0, "busy\n");

        Assert.True((await agent.FinishAsync(first.RunId, RunState.Failed, 75, bytes: 5)).Accepted);
        var second = await agent.NextRunAsync();

        Assert.NotEqual(first.RunId, second.RunId);
        Assert.Equal("running", await _center.TaskStateAsync(task));
        Assert.Equal(("pending", 2), await RunAsync(task, agent));
        await agent.WriteAsync(second.RunId, 0, "done\n");
        await agent.FinishAsync(second.RunId, bytes: 5);
        Assert.Equal("succeeded", await _center.TaskStateAsync(task));
        Assert.Equal(("succeeded", 2), await RunAsync(task, agent));
        Assert.Equal(("busy\n", "done\n"), (await _center.OutputAsync(task, agent, "?attempt=1"), await _center.OutputAsync(task, agent)));
        var earlier = Assert.Single(await RunsAsync(task, "?state=retried"));
        Assert.Equal((1, 75), (earlier.GetProperty("attempt").GetInt32(), earlier.GetProperty("exitCode").GetInt32()));
        Assert.Equal(1, (await _center.TaskAsync(task)).GetProperty("counts").GetProperty("succeeded").GetInt32());
    }

    [Fact]
    public async Task Fail_MoreOftenThanAllowed_IsAFailure()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 1, exitCodes = new[] { 75 } });
        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 75);

        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 75);

        Assert.Equal("failed", await _center.TaskStateAsync(task));
        Assert.Equal(("failed", 2), await RunAsync(task, agent));
    }

    [Fact]
    public async Task Fail_TooLateForAnotherAttempt_IsAFailure()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 3, exitCodes = new[] { 75 }, delaySeconds = 3600 });

        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 75);

        Assert.Equal("failed", await _center.TaskStateAsync(task));
        Assert.Equal(("failed", 1), await RunAsync(task, agent));
    }

    [Theory]
    [InlineData(RunState.Failed, 1)]
    [InlineData(RunState.Failed, null)]
    [InlineData(RunState.TimedOut, null)]
    [InlineData(RunState.Lost, null)]
    public async Task Fail_OtherwiseThanTheCallerCallsTransient_IsAFailure(RunState state, int? exitCode)
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 3, exitCodes = new[] { 75 } });

        await agent.FinishAsync((await agent.NextRunAsync()).RunId, state, exitCode);

        Assert.Equal("failed", await _center.TaskStateAsync(task));
        Assert.Equal(1, (await RunAsync(task, agent)).Attempt);
    }

    [Fact]
    public async Task Fail_ReportedTwice_IsTriedAgainOnce()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 5, exitCodes = new[] { 75 } });
        var first = (await agent.NextRunAsync()).RunId;

        var replies = new[] { await agent.FinishAsync(first, RunState.Failed, 75), await agent.FinishAsync(first, RunState.Failed, 75) };

        Assert.All(replies, reply => Assert.True(reply.Accepted));
        Assert.Equal(2, (await RunAsync(task, agent)).Attempt);
        Assert.Single(await RunsAsync(task, "?state=retried"));
    }

    [Fact]
    public async Task Fail_WithADelay_IsNotOfferedBefore()
    {
        await using var agent = await _center.JoinAsync();
        await CreateAsync(agent, new { count = 1, exitCodes = new[] { 75 }, delaySeconds = 60 });
        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 75);

        await PassAsync(50);
        Assert.False(agent.HasRunWaiting);
        await PassAsync(15);

        await agent.NextRunAsync();
    }

    [Fact]
    public async Task Fail_AfterACancel_IsNotTriedAgain()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 5, exitCodes = new[] { 75 } });
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);
        await _center.CancelTaskAsync(task);

        await agent.FinishAsync(run, RunState.Failed, 75);

        Assert.Equal("failed", await _center.TaskStateAsync(task));
    }

    [Fact]
    public async Task Cancel_WhileTheNextAttemptWaits_EndsIt()
    {
        await using var agent = await _center.JoinAsync();
        var task = await CreateAsync(agent, new { count = 5, exitCodes = new[] { 75 }, delaySeconds = 600 });
        await agent.FinishAsync((await agent.NextRunAsync()).RunId, RunState.Failed, 75);

        await _center.CancelTaskAsync(task);

        Assert.Equal("cancelled", await _center.TaskStateAsync(task));
    }

    /// <summary>The next attempt takes its turn like any other host: never more than one at a time here.</summary>
    [Fact]
    public async Task Fail_InARollout_WaitsForItsTurnWithinTheLimits()
    {
        await using var one = await _center.JoinAsync("gpu-1");
        await using var other = await _center.JoinAsync("gpu-2");
        var task = await CreateAsync(
            [one, other], new { count = 1, exitCodes = new[] { 75 } }, new { maxParallel = 1, onFailures = "continue" });
        var first = await UntilOfferedAsync(one);
        Assert.False(other.HasRunWaiting);

        await one.FinishAsync(first, RunState.Failed, 75);

        // Which of the two is next is the rollout's choice; that both come, one after the other, is not.
        var attempts = 0;
        while (await _center.TaskStateAsync(task) is "running" or "pending")
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(5, TestCenter.Cancelled);
            foreach (var agent in new[] { one, other }.Where(agent => agent.HasRunWaiting))
            {
                var run = await agent.NextRunAsync(task);
                Assert.Equal(1, (await RunsAsync(task, "")).Count(it => it.GetProperty("state").GetString() is "pending" or "running"));
                await agent.FinishAsync(run.RunId);
                attempts++;
            }
        }

        Assert.Equal(("succeeded", 2), (await _center.TaskStateAsync(task), attempts));
    }

    [Theory]
    [InlineData(0, 75, 0, "retries.count")]
    [InlineData(11, 75, 0, "retries.count")]
    [InlineData(1, 0, 0, "retries.exitCodes")]
    [InlineData(1, 256, 0, "retries.exitCodes")]
    [InlineData(1, 75, -1, "retries.delaySeconds")]
    public async Task Create_WithBadRetries_IsRefused(int count, int code, int delaySeconds, string field)
    {
        await using var agent = await _center.EnrolAsync();

        var answer = await PostAsync([agent], new { count, exitCodes = new[] { code }, delaySeconds }, null);

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _));
    }

    private Task<HttpResponseMessage> PostAsync(IEnumerable<ScriptedAgent> agents, object retries, object? rollout) => _center.PostTaskAsync(
        new { kind = "command", command = "true", retries, rollout, target = new { agents = agents.Select(agent => agent.Id) } });

    private async Task<Guid> CreateAsync(IEnumerable<ScriptedAgent> agents, object retries, object? rollout) =>
        (await (await PostAsync(agents, retries, rollout)).JsonAsync()).GetProperty("id").GetGuid();

    private Task<Guid> CreateAsync(ScriptedAgent agent, object retries) => CreateAsync([agent], retries, null);

    private async Task<Guid> UntilOfferedAsync(ScriptedAgent agent)
    {
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return agent.HasRunWaiting;
        });
        return (await agent.NextRunAsync()).RunId;
    }

    private async Task<(string? State, int Attempt)> RunAsync(Guid task, ScriptedAgent agent)
    {
        var run = await _center.RunAsync(task, agent);
        return (run.GetProperty("state").GetString(), run.GetProperty("attempt").GetInt32());
    }

    private async Task<IReadOnlyList<JsonElement>> RunsAsync(Guid task, string query)
    {
        using var client = _center.Client(Role.Viewer);
        return [.. (await client.GetJsonAsync($"/api/v1/tasks/{task}/runs{query}")).GetProperty("items").EnumerateArray()];
    }

    /// <summary>In steps, so that every period in between has its tick; with a moment for what that wakes.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestCenter.Cancelled);
        }
    }
}
