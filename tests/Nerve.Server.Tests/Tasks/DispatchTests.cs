using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Portable;
using Nerve.Server.Shared;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>How runs reach their hosts, and how every one of them ends.</summary>
public sealed class DispatchTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestCenter _center = null!;

    public async ValueTask InitializeAsync() => _center = await TestCenter.StartAsync(_time);

    public async ValueTask DisposeAsync() => await _center.DisposeAsync();

    [Fact]
    public async Task Offer_AgentIsAway_ComesWithItsNextHello()
    {
        await using var agent = await _center.EnrolAsync();
        var task = await _center.CommandAsync(agent);
        Assert.Equal("pending", await _center.TaskStateAsync(task));

        await agent.ConnectAsync();

        Assert.Equal(task, (await agent.NextRunAsync()).TaskId);
    }

    [Fact]
    public async Task Offer_Unanswered_IsRepeated_UntilTheStartIsReported()
    {
        await using var agent = await _center.JoinAsync();
        await _center.CommandAsync(agent);
        var first = await agent.NextRunAsync();

        await AdvanceUntilAsync(() => agent.HasRunWaiting);
        var second = await agent.NextRunAsync();
        Assert.Equal(first.RunId, second.RunId);

        await agent.StartAsync(first.RunId);
        await agent.CutAsync();
        agent.Journal.Add(first.RunId);
        await agent.ConnectAsync();
        await PassAsync(seconds: 20);
        Assert.False(agent.HasRunWaiting);
    }

    [Fact]
    public async Task Offer_WaitingForItsTurnOnTheHost_IsNotSentWithEveryLook()
    {
        await using var agent = await _center.JoinAsync();
        await _center.CommandAsync(agent);
        await agent.NextRunAsync();

        await PassAsync(seconds: 30);

        Assert.False(agent.HasRunWaiting);
    }

    [Fact]
    public async Task Offer_LostWithTheLink_IsRepeatedAfterTheNextHello()
    {
        await using var agent = await _center.JoinAsync();
        await _center.CommandAsync(agent);
        var first = await agent.NextRunAsync();

        await agent.CutAsync();
        await agent.ConnectAsync();

        Assert.Equal(first.RunId, (await agent.NextRunAsync()).RunId);
    }

    [Fact]
    public async Task Offer_SurvivesARestartOfTheCenter()
    {
        await using var agent = await _center.EnrolAsync();
        var task = await _center.CommandAsync(agent);

        _center = await _center.StartAgainAsync(_time);
        agent.Center = _center.Address;
        await agent.ConnectAsync();

        Assert.Equal(task, (await agent.NextRunAsync()).TaskId);
    }

    [Fact]
    public async Task Offer_ManyTasks_AllArriveInOrder()
    {
        await using var agent = await _center.EnrolAsync();
        var tasks = new List<Guid>();
        for (var i = 0; i < 30; i++)
        {
            tasks.Add(await _center.CommandAsync(agent));
        }

        await agent.ConnectAsync();
        var arrived = new List<Guid>();
        while (arrived.Count < tasks.Count)
        {
            arrived.Add((await agent.NextRunAsync()).TaskId);
        }

        Assert.Equal(tasks, arrived);
    }

    [Fact]
    public async Task Offer_AgentsTakeNothingFromTheirLinks_TheOthersGetTheirs()
    {
        // Each has more to take than its link and the kernel hold, and they are more than large messages are sent to at a time.
        var deaf = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => DeafAgent.EnrolAsync(_center, $"deaf-{number}")));
        await using var agent = await _center.JoinAsync("fine");
        var more = new { kind = "script", script = "cat", stdin = new string('x', 500_000), target = new { agents = deaf.Select(it => it.Id) } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _center.PostTaskAsync(more)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        var begun = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(deaf.Select(it => it.ConnectAsync()));
        await Eventually.HoldsAsync(async () => await AreOfferedAsync(deaf));

        // SignalR gives a link up that takes nothing for ten seconds: what comes sooner did not wait for that.
        var isSlow = TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(3);
        var task = await _center.CommandAsync(agent);

        Assert.Equal(task, (await agent.NextRunAsync()).TaskId);

        var sessions = _center.Get<Gateway.AgentSessions>();
        Assert.True(isSlow || deaf.Any(it => sessions.IsOpen(it.Id)), "It came only when the others' links were given up.");
        foreach (var it in deaf)
        {
            await it.DisposeAsync();
        }
    }

    private async Task<bool> AreOfferedAsync(IEnumerable<DeafAgent> agents)
    {
        var runs = await Task.WhenAll(agents.Select(it => _center.Get<ITaskStore>().OpenRunsAsync(it.Id, 100, TestCenter.Cancelled)));
        return runs.SelectMany(it => it).All(run => run.OfferedAt is not null);
    }

    [Fact]
    public async Task Hello_RunningRunUnknownToTheAgent_IsLost()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);
        await agent.CutAsync();

        await agent.ConnectAsync();

        Assert.Equal("lost", await _center.RunStateAsync(task, agent));
        Assert.Equal("failed", await _center.TaskStateAsync(task));
        Assert.True((await agent.FinishAsync(run)).Accepted); // found after all
        Assert.Equal("succeeded", await _center.TaskStateAsync(task));
    }

    [Fact]
    public async Task Hello_RunningRunInTheAgentsJournal_GoesOn()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);
        agent.Journal.Add(run);
        await agent.CutAsync();

        var greeting = await agent.ConnectAsync();

        Assert.Empty(greeting.UnknownRuns);
        Assert.Equal("running", await _center.RunStateAsync(task, agent));
        Assert.True((await agent.FinishAsync(run)).Accepted);
    }

    [Fact]
    public async Task Reinstalled_OfferedRun_IsLostAndNotOfferedAgain_ButAnUnofferedOneIs()
    {
        await using var agent = await _center.JoinAsync("node", "dmi-1234");
        var offered = await _center.CommandAsync(agent);
        await agent.NextRunAsync();
        await agent.LeaveAsync();
        var later = await _center.CommandAsync(agent);

        await using var again = await _center.EnrolAsync("node", "dmi-1234");
        Assert.Equal(agent.Id, again.Id);
        await again.ConnectAsync();

        Assert.Equal(later, (await again.NextRunAsync()).TaskId);
        Assert.Equal("lost", await _center.RunStateAsync(offered, again));
        await PassAsync(seconds: 6);
        while (again.HasRunWaiting)
        {
            Assert.Equal(later, (await again.NextRunAsync()).TaskId);
        }
    }

    [Fact]
    public async Task RemovedAgent_ItsTasksEnd()
    {
        await using var leaving = await _center.JoinAsync("leaving");
        await using var staying = await _center.JoinAsync("staying");
        var common = await _center.CommandAsync([leaving, staying]);
        var itsOwn = await _center.CommandAsync(leaving);
        await staying.FinishAsync((await staying.NextRunAsync(common)).RunId);
        using var client = _center.Client(Role.Operator);

        await client.DeleteAsync($"/api/v1/agents/{leaving.Id}", TestCenter.Cancelled);

        Assert.Equal(("succeeded", "cancelled"), (await _center.TaskStateAsync(common), await _center.TaskStateAsync(itsOwn)));
    }

    [Fact]
    public async Task Cancel_BeforeTheOffer_EndsIt_AndItIsNeverOffered()
    {
        await using var agent = await _center.EnrolAsync();
        var task = await _center.CommandAsync(agent);

        var cancelled = await (await _center.CancelTaskAsync(task)).JsonAsync();

        Assert.Equal("cancelled", cancelled.GetProperty("state").GetString());
        await agent.ConnectAsync();
        await PassAsync(seconds: 10);
        Assert.False(agent.HasRunWaiting);
    }

    [Fact]
    public async Task Cancel_AfterTheOffer_AsksTheAgent_WhoseWordDecides()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);

        await _center.CancelTaskAsync(task);

        var cancel = await agent.NextCancelAsync();
        Assert.Equal(run, cancel.RunId);
        Assert.True(cancel.GraceSeconds > 0);
        Assert.True((await _center.RunAsync(task, agent)).GetProperty("cancelRequested").GetBoolean());
        Assert.Equal("running", await _center.RunStateAsync(task, agent));
        await agent.FinishAsync(run, RunState.Cancelled, null);
        Assert.Equal("cancelled", await _center.TaskStateAsync(task));
    }

    [Fact]
    public async Task Cancel_AgentIsAwayAfterTheOffer_IsAskedWhenItIsBack()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.CutAsync();
        await _center.CancelTaskAsync(task);
        Assert.Equal("pending", await _center.RunStateAsync(task, agent));

        await agent.ConnectAsync();

        Assert.Equal(run, (await agent.NextCancelAsync()).RunId);
        Assert.False(agent.HasRunWaiting);
    }

    [Fact]
    public async Task Cancel_TwiceOrAfterTheEnd_IsNoError()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync(agent);
        await agent.FinishAsync((await agent.NextRunAsync()).RunId);

        Assert.Equal(HttpStatusCode.OK, (await _center.CancelTaskAsync(task)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _center.CancelTaskAsync(task)).StatusCode);
        Assert.Equal("succeeded", await _center.TaskStateAsync(task));
    }

    [Fact]
    public async Task Expiry_AgentStaysAway_ExpiresItsRun()
    {
        await using var agent = await _center.EnrolAsync();
        var task = await _center.CommandAsync([agent], expiresAfterSeconds: 60);
        await PassAsync(seconds: 55);
        Assert.Equal("pending", await _center.RunStateAsync(task, agent));

        await AdvanceUntilAsync(async () => await _center.RunStateAsync(task, agent) == "expired");

        Assert.Equal("expired", await _center.TaskStateAsync(task));
        Assert.NotEqual(JsonValueKind.Null, (await _center.RunAsync(task, agent)).GetProperty("error").ValueKind);
        await agent.ConnectAsync();
        await PassAsync(seconds: 6);
        Assert.False(agent.HasRunWaiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watchdog_OfferedRunOfAnAgentThatNeverComesBack_IsLostInTheEnd(bool hasStarted)
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync([agent], expiresAfterSeconds: 60, timeoutSeconds: 30);
        var run = (await agent.NextRunAsync()).RunId;
        if (hasStarted)
        {
            await agent.StartAsync(run);
        }

        await agent.CutAsync();

        _time.AdjustTime(_time.GetUtcNow().AddMinutes(50));
        await PassAsync(seconds: 10);
        Assert.NotEqual("lost", await _center.RunStateAsync(task, agent));
        _time.AdjustTime(_time.GetUtcNow().AddMinutes(15));
        await AdvanceUntilAsync(async () => await _center.RunStateAsync(task, agent) == "lost");
        Assert.Equal("failed", await _center.TaskStateAsync(task));
    }

    /// <summary>Else a host that did it is told to do it again.</summary>
    [Theory]
    [InlineData(RunState.Succeeded, 0, "succeeded", "succeeded")]
    [InlineData(RunState.Failed, 75, "failed", "failed")]
    public async Task Watchdog_LostRunWhoseAgentComesBackWithItsEnd_HasEndedSo(RunState end, int exitCode, string run, string task)
    {
        await using var agent = await _center.JoinAsync();
        var answer = await _center.PostTaskAsync(new
        {
            kind = "command",
            command = "hostname",
            target = new { agents = new[] { agent.Id } },
            expiresAfterSeconds = 60,
            timeoutSeconds = 30,
            retries = new { count = 1, exitCodes = new[] { 75 } },
        });
        var id = (await answer.JsonAsync()).GetProperty("id").GetGuid();
        var offered = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(offered);
        await agent.CutAsync();
        _time.AdjustTime(_time.GetUtcNow().AddMinutes(70));
        await AdvanceUntilAsync(async () => await _center.RunStateAsync(id, agent) == "lost");
        await OutputsAsync(id); // looks at what it wrote so far

        agent.Journal.Add(offered);
        await agent.ConnectAsync();
        Assert.True((await agent.WriteAsync(offered, 0, "node-1\n")).Accepted);
        Assert.True((await agent.FinishAsync(offered, end, exitCode, bytes: 7)).Accepted);

        Assert.Equal((run, task), (await _center.RunStateAsync(id, agent), await _center.TaskStateAsync(id)));
        var counts = (await _center.TaskAsync(id)).GetProperty("counts");
        Assert.Equal((1, 0, 0), (counts.GetProperty(run).GetInt32(), counts.GetProperty("lost").GetInt32(), counts.GetProperty("pending").GetInt32()));
        Assert.Equal("node-1\n", await _center.OutputAsync(id, agent));
        Assert.Equal("node-1\n", (await OutputsAsync(id)).GetProperty("groups")[0].GetProperty("sample").GetString());
        Assert.Equal(JsonValueKind.Null, (await _center.RunAsync(id, agent)).GetProperty("error").ValueKind);
    }

    /// <summary>As a database that was restored from a copy of two moments.</summary>
    [Fact]
    public async Task Watchdog_TaskWhoseRunsAreAllOver_Ends()
    {
        await using var agent = await _center.EnrolAsync();
        var task = new NerveTask
        {
            Id = Guid.CreateVersion7(),
            Kind = TaskKind.Command,
            Name = "",
            Spec = new TaskSpec { Command = "true", TimeoutSeconds = 60 },
            Target = new TaskTarget { All = true },
            State = TaskState.Running,
            ExpiresAfterSeconds = 3600,
            ExpiresAt = _time.GetUtcNow().AddHours(1),
            CreatedBy = "ada",
            CreatedAt = _time.GetUtcNow(),
        };
        var run = new Run { Id = Guid.CreateVersion7(), TaskId = task.Id, AgentId = agent.Id, Hostname = "node-1", State = RunState.Succeeded, FinishedAt = _time.GetUtcNow() };
        var storage = (IPortableStorage)_center.Get<IStorage>();
        await storage.ImportAsync([task], TestCenter.Cancelled);
        await storage.ImportAsync([run], TestCenter.Cancelled);

        await AdvanceUntilAsync(async () => await _center.TaskStateAsync(task.Id) == "succeeded");
    }

    private async Task<JsonElement> OutputsAsync(Guid task)
    {
        using var client = _center.Client(Role.Viewer);
        return await client.GetJsonAsync($"/api/v1/tasks/{task}/outputs");
    }

    private async Task PassAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestCenter.Cancelled);
        }
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => AdvanceUntilAsync(() => Task.FromResult(condition()));

    private Task AdvanceUntilAsync(Func<Task<bool>> condition) => Eventually.HoldsAsync(async () =>
    {
        if (await condition())
        {
            return true;
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        return false;
    });
}
