using System.Net;
using System.Text.Json;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks.Rollouts;

/// <summary>A task that goes over its hosts in batches, with agents that do as they are told.</summary>
public sealed class RolloutTests : IAsyncLifetime
{
    private readonly List<ScriptedAgent> _agents = [];
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync()
    {
        _center = await TestCenter.StartAsync();
        for (var i = 1; i <= 5; i++)
        {
            _agents.Add(await _center.JoinAsync($"gpu-{i}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        await _center.DisposeAsync();
    }

    [Fact]
    public async Task InBatches_EachHasItsTurnWhenTheOneBeforeIsDone()
    {
        var task = await CreateAsync(new { batches = "1, 2" });

        var first = await _agents[0].NextRunAsync(task);
        Assert.Equal([1, 0, 0, 0, 0], await OfferedAsync(task));
        Assert.Equal((1, 4), Counts(await _center.TaskAsync(task), "pending", "waiting"));
        await _agents[0].FinishAsync(first.RunId);

        await FinishAsync(task, 1, 2);
        await FinishAsync(task, 3, 4);
        await UntilAsync(task, "finished");
        Assert.Equal("succeeded", await _center.TaskStateAsync(task));
        Assert.Equal([(1, 1), (2, 2), (3, 2)], await BatchesAsync(task));
        using var client = _center.Client(Role.Viewer);
        var page = await client.GetJsonAsync($"/api/v1/tasks/{task}/batches?limit=2");
        Assert.Equal([1, 2, 3], [.. Numbers(page), page.GetProperty("total").GetInt32()]);
        Assert.Equal([3], Numbers(await client.GetJsonAsync($"/api/v1/tasks/{task}/batches?limit=2&cursor={page.GetProperty("nextCursor")}")));
        Assert.Equal([2, 3], Numbers(await client.GetJsonAsync($"/api/v1/tasks/{task}/batches?from=2")));
    }

    [Fact]
    public async Task MaxParallel_HoldsBackWithinABatch()
    {
        var task = await CreateAsync(new { maxParallel = 2 });

        var runs = new List<RunAssignment> { await _agents[0].NextRunAsync(task), await _agents[1].NextRunAsync(task) };
        Assert.Equal([1, 1, 0, 0, 0], await OfferedAsync(task));
        await _agents[1].FinishAsync(runs[1].RunId);

        await _agents[2].NextRunAsync(task);
        Assert.Equal([1, 1, 1, 0, 0], await OfferedAsync(task));
    }

    [Fact]
    public async Task TooManyFail_StopsAndNobodyElseBegins()
    {
        var task = await CreateAsync(new { batches = "2", maxFailures = "1" });

        await FinishAsync(task, RunState.Failed, 0, 1);

        var stopped = await UntilAsync(task, "stopped");
        Assert.Equal("2 hosts failed up to batch 1; 1 may.", Rollout(stopped, "reason"));
        await Eventually.HoldsAsync(async () => await _center.TaskStateAsync(task) == "failed");
        Assert.Equal((2, 3), Counts(await _center.TaskAsync(task), "failed", "cancelled"));
        var run = await _center.RunAsync(task, _agents[4]);
        Assert.Equal("The rollout was stopped: 2 hosts failed up to batch 1; 1 may.", run.GetProperty("error").GetString());
    }

    [Fact]
    public async Task TooManyFail_HostWhoseLinkWasCut_DoesNotBeginWhenItIsBack()
    {
        await _agents[1].CutAsync();
        var task = await CreateAsync(new { batches = "2", maxFailures = "0" });
        await Eventually.HoldsAsync(async () => await StateAsync(task, 1) == "pending"); // it may be back any moment, so it has its turn

        await FinishAsync(task, RunState.Failed, 0);

        await UntilAsync(task, "stopped");
        await Eventually.HoldsAsync(async () => await StateAsync(task, 1) == "cancelled");
        await _agents[1].ConnectAsync();
        Assert.False(_agents[1].HasRunWaiting);
    }

    [Fact]
    public async Task Pause_HostWhoseLinkWasCut_BeginsWhenTheRolloutIsResumed()
    {
        await _agents[0].CutAsync();
        var task = await CreateAsync(new { batches = "1" });
        await Eventually.HoldsAsync(async () => await StateAsync(task, 0) == "pending");
        await PostAsync($"{task}/pause");

        await _agents[0].ConnectAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), TestCenter.Cancelled); // what waits for it was looked for by then
        Assert.False(_agents[0].HasRunWaiting);

        await PostAsync($"{task}/resume");
        await _agents[0].NextRunAsync(task);
    }

    [Fact]
    public async Task HostThatIsAway_HoldsNobodyUpAndHasItsTurnWhenItIsBack()
    {
        await _agents[0].LeaveAsync();
        var task = await CreateAsync(new { batches = "1" });

        await FinishAsync(task, 1);
        await FinishAsync(task, 2);
        await FinishAsync(task, 3);
        await FinishAsync(task, 4);
        Assert.Equal("running", await _center.TaskStateAsync(task));
        await _agents[0].ConnectAsync();

        await FinishAsync(task, 0);
        await UntilAsync(task, "finished");
    }

    [Fact]
    public async Task Confirm_WaitsForAPerson()
    {
        var task = await CreateAsync(new { batches = "4", confirm = true });
        await FinishAsync(task, 0, 1, 2, 3);
        await UntilAsync(task, "confirming");
        Assert.Equal([1, 1, 1, 1, 0], await OfferedAsync(task));

        Assert.Equal(HttpStatusCode.OK, (await PostAsync($"{task}/resume")).StatusCode);

        await FinishAsync(task, 4);
        await UntilAsync(task, "finished");
    }

    [Fact]
    public async Task Pause_BeginsNothingUntilResumed()
    {
        var task = await CreateAsync(new { maxParallel = 1 });
        var first = await _agents[0].NextRunAsync(task);

        var paused = await (await PostAsync($"{task}/pause")).JsonAsync();
        Assert.Equal(("paused", "token:Operator paused it."), (Rollout(paused, "phase"), Rollout(paused, "reason")));
        await (await PostAsync($"{task}/pause")).ProblemAsync(HttpStatusCode.Conflict, "task.phase");
        await _agents[0].FinishAsync(first.RunId);
        await Task.Delay(TimeSpan.FromSeconds(2), TestCenter.Cancelled); // two turns of the worker, which must do nothing
        Assert.Equal([1, 0, 0, 0, 0], await OfferedAsync(task));

        await PostAsync($"{task}/resume");
        await _agents[1].NextRunAsync(task);
    }

    [Fact]
    public async Task Cancel_EndsWhoWaitsAndStopsWhoRuns()
    {
        var task = await CreateAsync(new { batches = "1" });
        var first = await _agents[0].NextRunAsync(task);
        await _agents[0].StartAsync(first.RunId);

        await PostAsync($"{task}/cancel");

        Assert.Equal(first.RunId, (await _agents[0].NextCancelAsync()).RunId);
        await _agents[0].FinishAsync(first.RunId, RunState.Cancelled, null);
        var over = await UntilAsync(task, "stopped");
        Assert.Equal(("cancelled", "token:Operator cancelled it."), (over.GetProperty("state").GetString(), Rollout(over, "reason")));
        Assert.Equal((5, 0), Counts(over, "cancelled", "waiting"));
        await (await PostAsync($"{task}/resume")).ProblemAsync(HttpStatusCode.Conflict, "task.phase");
    }

    [Fact]
    public async Task CenterStartsAgain_TheRolloutGoesOnWhereItWas()
    {
        var task = await CreateAsync(new { batches = "2" });
        var runs = new[] { await _agents[0].NextRunAsync(task), await _agents[1].NextRunAsync(task) };
        await _agents[0].FinishAsync(runs[0].RunId);

        _center = await _center.StartAgainAsync();
        foreach (var agent in _agents)
        {
            await agent.CutAsync();
            agent.Center = _center.Address;
            await agent.ConnectAsync();
        }

        await FinishAsync(task, 1);
        await FinishAsync(task, 2, 3);
        await FinishAsync(task, 4);
        await UntilAsync(task, "finished");
    }

    [Fact]
    public async Task Retry_MakesATaskOfThoseThatFailed()
    {
        var task = await CreateAsync(new { batches = "5", maxFailures = "100%" });
        await FinishAsync(task, RunState.Failed, 1, 3);
        await FinishAsync(task, 0, 2, 4);
        var finished = await UntilAsync(task, "finished");
        Assert.Equal(2, finished.GetProperty("rollout").GetProperty("failures").GetInt32());

        var again = await (await PostAsync($"{task}/retry")).JsonAsync();

        Assert.Equal(task, again.GetProperty("retryOf").GetGuid());
        Assert.Equal(new[] { _agents[1].Id, _agents[3].Id }.Order(), again.GetProperty("target").GetProperty("agents").EnumerateArray().Select(id => id.GetGuid()).Order());
        await FinishAsync(again.GetProperty("id").GetGuid(), 1, 3);
        await (await PostAsync($"{again.GetProperty("id").GetGuid()}/retry")).ProblemAsync(HttpStatusCode.UnprocessableEntity, "task.nothingToRetry");
    }

    [Theory]
    [InlineData("""{"batches":"1, x"}""", "rollout.batches")]
    [InlineData("""{"maxParallel":0}""", "rollout.maxParallel")]
    [InlineData("""{"maxFailures":"many"}""", "rollout.maxFailures")]
    [InlineData("""{"pauseSeconds":-1}""", "rollout.pauseSeconds")]
    [InlineData("""{"soakSeconds":9999999}""", "rollout.soakSeconds")]
    public async Task Create_BadRollout_NamesTheField(string rollout, string field)
    {
        var answer = await PostAsync("", $$"""{"kind":"command","command":"true","target":{"all":true},"rollout":{{rollout}}}""");

        Assert.True((await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid")).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Pause_OfATaskThatWentToAllAtOnce_IsRefused()
    {
        var task = await _center.CommandAsync(_agents[0]);

        await (await PostAsync($"{task}/pause")).ProblemAsync(HttpStatusCode.Conflict, "task.noRollout");
        await (await PostAsync($"{Guid.NewGuid()}/pause")).ProblemAsync(HttpStatusCode.NotFound, "task.unknown");
    }

    [Fact]
    public async Task Preview_WithBatches_ShowsTheirSizes()
    {
        var preview = await (await PostAsync("preview", """{"target":{"all":true},"rollout":{"batches":"1, *2"}}""")).JsonAsync();

        Assert.Equal([1, 2, 2], preview.GetProperty("batches").EnumerateArray().Select(size => size.GetInt32()));
        Assert.Equal(3, preview.GetProperty("batchCount").GetInt32());
    }

    private async Task<Guid> CreateAsync(object rollout)
    {
        var answer = await PostAsync("", JsonSerializer.Serialize(new { kind = "command", command = "true", target = new { all = true }, rollout }));
        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body = "{}")
    {
        using var client = _center.Client(Role.Operator);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return await client.PostAsync($"/api/v1/tasks/{path}".TrimEnd('/'), content, TestCenter.Cancelled);
    }

    private Task FinishAsync(Guid task, params int[] agents) => FinishAsync(task, RunState.Succeeded, agents);

    private async Task FinishAsync(Guid task, RunState state, params int[] agents)
    {
        foreach (var agent in agents.Select(i => _agents[i]))
        {
            await agent.FinishAsync((await agent.NextRunAsync(task)).RunId, state, state == RunState.Succeeded ? 0 : 1);
        }
    }

    private async Task<JsonElement> UntilAsync(Guid task, string phase)
    {
        var view = await _center.TaskAsync(task);
        await Eventually.HoldsAsync(async () => Rollout(view = await _center.TaskAsync(task), "phase") == phase);
        return view;
    }

    private static string? Rollout(JsonElement task, string field) => task.GetProperty("rollout").GetProperty(field).GetString();

    private static (int, int) Counts(JsonElement task, string one, string other) =>
        (task.GetProperty("counts").GetProperty(one).GetInt32(), task.GetProperty("counts").GetProperty(other).GetInt32());

    private async Task<string?> StateAsync(Guid task, int agent) => (await _center.RunAsync(task, _agents[agent])).GetProperty("state").GetString();

    /// <summary>For each agent 1 if its run was released, else 0.</summary>
    private async Task<IEnumerable<int>> OfferedAsync(Guid task)
    {
        var states = new List<int>();
        foreach (var agent in _agents)
        {
            states.Add((await _center.RunAsync(task, agent)).GetProperty("state").GetString() == "waiting" ? 0 : 1);
        }

        return states;
    }

    private static List<int> Numbers(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(batch => batch.GetProperty("batch").GetInt32())];

    private async Task<IEnumerable<(int, int)>> BatchesAsync(Guid task)
    {
        using var client = _center.Client(Role.Viewer);
        return (await client.GetJsonAsync($"/api/v1/tasks/{task}/batches")).GetProperty("items").EnumerateArray()
            .Select(batch => (batch.GetProperty("batch").GetInt32(), batch.GetProperty("counts").GetProperty("succeeded").GetInt32())).ToList();
    }
}
