using System.Net;
using System.Text.Json;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

public sealed class CreateTaskTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Create_Command_ReachesTheAgentAsItWasAskedFor()
    {
        await using var agent = await _center.JoinAsync();

        var answer = await _center.PostTaskAsync(new
        {
            kind = "command",
            name = "say hello",
            command = "printf",
            args = new[] { "%s\n", "two words", "$HOME" },
            env = new Dictionary<string, string> { ["LC_ALL"] = "C" },
            user = "nobody",
            workingDirectory = "/tmp",
            stdin = "input",
            timeoutSeconds = 42,
            expiresAfterSeconds = 600,
            outputLimitBytes = 1000,
            limits = new { cpuPercent = 150, memoryBytes = 1L << 30 },
            target = new { agents = new[] { agent.Id } },
        });

        var task = await answer.JsonAsync();
        var run = await agent.NextRunAsync();
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.EndsWith(task.GetProperty("id").GetString()!, answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(task.GetProperty("id").GetGuid(), run.TaskId);
        Assert.Equal((TaskKind.Command, "printf", "nobody", "/tmp", "input", 42, 1000L), (
            run.Kind, run.Command, run.User, run.WorkingDirectory, run.Stdin, run.TimeoutSeconds, run.OutputLimitBytes));
        Assert.Equal(["%s\n", "two words", "$HOME"], run.Args);
        Assert.Equal("C", run.Env["LC_ALL"]);
        Assert.Equal(new RunLimits(150, 1L << 30, null), run.Limits);
        Assert.Equal(150, task.GetProperty("limits").GetProperty("cpuPercent").GetInt32());
        Assert.InRange(run.ExpiresAt - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(500), TimeSpan.FromSeconds(600));
    }

    [Fact]
    public async Task Create_Script_ReachesTheAgentAsItWasAskedFor()
    {
        await using var agent = await _center.JoinAsync();

        await _center.PostTaskAsync(new
        {
            kind = "script",
            script = "print('你好')",
            interpreter = "/usr/bin/python3",
            target = new { agents = new[] { agent.Id } },
        });

        var run = await agent.NextRunAsync();
        Assert.Equal((TaskKind.Script, "print('你好')", "/usr/bin/python3"), (run.Kind, run.Script, run.Interpreter));
        Assert.Equal((300, 16L * 1024 * 1024), (run.TimeoutSeconds, run.OutputLimitBytes));
    }

    [Fact]
    public async Task Create_ForAll_RunsOnEveryAgentThatIsEnrolledNow()
    {
        await using var center = await TestCenter.StartAsync();
        await using var here = await center.JoinAsync("here");
        await using var away = await center.EnrolAsync("away");

        var task = await (await center.PostTaskAsync(new { kind = "command", command = "id", target = new { all = true } })).JsonAsync();
        await using var late = await center.JoinAsync("late");

        Assert.Equal(2, task.GetProperty("counts").GetProperty("pending").GetInt32());
        await here.NextRunAsync();
        using var viewer = center.Client(Role.Viewer);
        var runs = await viewer.GetJsonAsync($"/api/v1/tasks/{task.GetProperty("id").GetString()}/runs");
        Assert.Equal(["away", "here"], runs.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("hostname").GetString()));
        Assert.False(late.HasRunWaiting);
        var ofOne = await viewer.GetJsonAsync($"/api/v1/tasks/{task.GetProperty("id").GetString()}/runs/{away.Id}");
        Assert.Equal(("away", "pending"), (ofOne.GetProperty("hostname").GetString(), ofOne.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Create_ForASelectorOrACluster_RunsOnWhatFitsNow()
    {
        await using var center = await TestCenter.StartAsync();
        await using var east = await LabelledAsync(center, "east-1", "train", ("site", "east"));
        await using var west = await LabelledAsync(center, "west-1", "train", ("site", "west"));
        await using var idle = await LabelledAsync(center, "west-2", "idle", ("site", "west"));

        var bySelector = await HostsAsync(center, new { selector = "site in (west), !broken" });
        var byCluster = await HostsAsync(center, new { cluster = "train" });

        Assert.Equal("west-1 west-2", bySelector);
        Assert.Equal("east-1 west-1", byCluster);
        await (await center.PostTaskAsync(new { kind = "command", command = "id", target = new { selector = "site=nowhere" } }))
            .ProblemAsync(HttpStatusCode.UnprocessableEntity, "task.noTarget");
    }

    [Theory]
    [InlineData("site in west", "at character 9: ")]
    [InlineData("  ", "must not be empty")]
    public async Task Create_BadSelector_IsNamed(string selector, string reason)
    {
        var answer = await _center.PostTaskAsync(new { kind = "command", command = "id", target = new { selector } });

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        Assert.StartsWith(reason, problem.GetProperty("errors").GetProperty("target.selector")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_SameAgentTwiceInTheTarget_RunsOnce()
    {
        await using var agent = await _center.JoinAsync();

        var task = await (await _center.PostTaskAsync(
            new { kind = "command", command = "id", target = new { agents = new[] { agent.Id, agent.Id } } })).JsonAsync();

        Assert.Equal(1, task.GetProperty("counts").GetProperty("pending").GetInt32());
    }

    [Fact]
    public async Task Create_SameKeyAndBody_AnswersTheSameTask()
    {
        await using var center = await TestCenter.StartAsync();
        await using var agent = await center.JoinAsync();
        var body = new { kind = "command", command = "id", target = new { agents = new[] { agent.Id } } };

        var first = await (await center.PostTaskAsync(body, key: "deploy-17")).JsonAsync();
        var answer = await center.PostTaskAsync(body, key: "deploy-17");
        var second = await answer.JsonAsync();

        Assert.Equal(first.GetProperty("id").GetGuid(), second.GetProperty("id").GetGuid());
        Assert.Equal("true", answer.Headers.GetValues("Idempotent-Replayed").Single());
        using var viewer = center.Client(Role.Viewer);
        Assert.Equal(1, (await viewer.GetJsonAsync("/api/v1/tasks")).GetProperty("total").GetInt32());
        Assert.Equal(1, (await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/tasks")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Create_SameKeyManyTimesAtOnce_MakesOneTask()
    {
        await using var agent = await _center.JoinAsync();
        var body = new { kind = "command", command = "id", target = new { agents = new[] { agent.Id } } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _center.PostTaskAsync(body, key: "at-once")));
        var ids = await Task.WhenAll(answers.Select(async answer => (await answer.JsonAsync()).GetProperty("id").GetGuid()));

        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task Create_SameKeyOtherBody_IsAConflict()
    {
        await using var agent = await _center.JoinAsync();
        await _center.PostTaskAsync(new { kind = "command", command = "id", target = new { agents = new[] { agent.Id } } }, key: "reused");

        var other = await _center.PostTaskAsync(new { kind = "command", command = "ls", target = new { agents = new[] { agent.Id } } }, key: "reused");

        await other.ProblemAsync(HttpStatusCode.Conflict, "task.keyReused");
    }

    /// <summary>As scripts send it whose variable is not set.</summary>
    [Fact]
    public async Task Create_WithAnEmptyKey_IsAsWithout()
    {
        await using var agent = await _center.EnrolAsync("unkeyed");
        var body = new { kind = "command", command = "id", target = new { agents = new[] { agent.Id } } };

        var first = await (await _center.PostTaskAsync(body, key: "")).JsonAsync();
        var second = await (await _center.PostTaskAsync(body, key: " ")).JsonAsync();

        Assert.NotEqual(first.GetProperty("id").GetGuid(), second.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Create_SameKeyByAnotherCaller_IsAnotherTask()
    {
        await using var agent = await _center.JoinAsync();
        var body = new { kind = "command", command = "id", target = new { agents = new[] { agent.Id } } };

        var mine = await (await _center.PostTaskAsync(body, key: "common")).JsonAsync();
        var theirs = await (await _center.PostTaskAsync(body, key: "common", token: _center.Token(Role.Admin))).JsonAsync();

        Assert.NotEqual(mine.GetProperty("id").GetGuid(), theirs.GetProperty("id").GetGuid());
        Assert.Equal(("token:Operator", "token:Admin"), (mine.GetProperty("createdBy").GetString(), theirs.GetProperty("createdBy").GetString()));
    }

    [Fact]
    public async Task Create_EndlessKey_IsInvalid()
    {
        var answer = await _center.PostTaskAsync(new { kind = "command", command = "id", target = new { all = true } }, key: new string('k', 129));

        await answer.ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task List_Tasks_NewestFirst_ByPage_ByStateAndText()
    {
        await using var center = await TestCenter.StartAsync();
        await using var agent = await center.JoinAsync();
        var ids = new List<Guid>();
        foreach (var name in new[] { "first", "second", "100%_done" })
        {
            var task = await (await center.PostTaskAsync(
                new { kind = "command", name, command = "true", target = new { agents = new[] { agent.Id } } })).JsonAsync();
            ids.Add(task.GetProperty("id").GetGuid());
        }

        var run = await agent.NextRunAsync();
        await agent.FinishAsync(run.RunId);
        using var viewer = center.Client(Role.Viewer);

        var page = await viewer.GetJsonAsync("/api/v1/tasks?limit=2");
        var rest = await viewer.GetJsonAsync($"/api/v1/tasks/list?limit=2&cursor={page.GetProperty("nextCursor").GetString()}");
        Assert.Equal(["100%_done", "second"], Names(page));
        Assert.Equal(["first"], Names(rest));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("nextCursor").ValueKind);
        Assert.Equal(["first"], Names(await viewer.GetJsonAsync("/api/v1/tasks?state=succeeded")));
        Assert.Equal(["second"], Names(await viewer.GetJsonAsync("/api/v1/tasks?q=SECO")));
        Assert.Equal(["100%_done"], Names(await viewer.GetJsonAsync("/api/v1/tasks?q=%25_d")));
        Assert.Equal(3, (await viewer.GetJsonAsync($"/api/v1/agents/{agent.Id}/tasks")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Get_UnknownTask_IsNotFound()
    {
        using var caller = _center.Client(Role.Operator);
        var nothing = Guid.CreateVersion7();

        await (await caller.GetAsync($"/api/v1/tasks/{nothing}", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "task.unknown");
        await (await caller.GetAsync($"/api/v1/tasks/{nothing}/runs", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "task.unknown");
        await (await caller.GetAsync($"/api/v1/tasks/{nothing}/runs/{nothing}", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "run.unknown");
        await (await caller.GetAsync($"/api/v1/tasks/{nothing}/runs/{nothing}/output", TestCenter.Cancelled))
            .ProblemAsync(HttpStatusCode.NotFound, "run.unknown");
        await (await caller.PostAsync($"/api/v1/tasks/{nothing}/cancel", null, TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "task.unknown");
    }

    private static async Task<ScriptedAgent> LabelledAsync(TestCenter center, string hostname, string cluster, (string Key, string Value) label)
    {
        var agent = await center.EnrolAsync(hostname);
        agent.Cluster = cluster;
        agent.Labels[label.Key] = label.Value;
        await agent.ConnectAsync();
        return agent;
    }

    private static async Task<string> HostsAsync(TestCenter center, object target)
    {
        var task = await (await center.PostTaskAsync(new { kind = "command", command = "id", target })).JsonAsync();
        using var viewer = center.Client(Role.Viewer);
        var runs = await viewer.GetJsonAsync($"/api/v1/tasks/{task.GetProperty("id").GetString()}/runs");
        return string.Join(' ', runs.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("hostname").GetString()));
    }

    private static IEnumerable<string?> Names(JsonElement page) =>
        page.GetProperty("items").EnumerateArray().Select(task => task.GetProperty("name").GetString());
}
