using System.Net;
using System.Text.Json;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

/// <summary>Folded outputs and exports of a task.</summary>
public sealed class OutputGroupTests(SharedCenter shared) : IClassFixture<SharedCenter>, IAsyncLifetime
{
    private readonly TestCenter _center = shared.Center;
    private readonly List<ScriptedAgent> _agents = [];

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 6; i++)
        {
            _agents.Add(await _center.JoinAsync($"node-{i}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }
    }

    [Fact]
    public async Task Outputs_SomeSayTheSame_AreFoldedTheMostFirst()
    {
        var task = await _center.CommandAsync(_agents);
        await EndAsync(0, "A\n");
        await EndAsync(1, "A\n");
        await EndAsync(2, "A\n");
        await EndAsync(3, "B\n");
        await EndAsync(4, "A\n", RunState.Failed, 3);

        var folded = await GetAsync($"tasks/{task}/outputs");

        var groups = folded.GetProperty("groups").EnumerateArray().ToList();
        Assert.Equal([3, 1, 1], groups.Select(group => group.GetProperty("count").GetInt32()));
        Assert.Equal(("succeeded", "A\n"), (groups[0].GetProperty("state").GetString(), groups[0].GetProperty("sample").GetString()));
        Assert.Equal(["node-0", "node-1", "node-2"], groups[0].GetProperty("hosts").EnumerateArray().Select(host => host.GetProperty("hostname").GetString()).Order());
        Assert.Equal(
            [("failed", 3, "A\n"), ("succeeded", 0, "B\n")],
            groups[1..].Select(group => (group.GetProperty("state").GetString(), group.GetProperty("exitCode").GetInt32(), group.GetProperty("sample").GetString()))
                .OrderBy(group => group.Item1, StringComparer.Ordinal));
        Assert.Equal((3, 1), (folded.GetProperty("groupCount").GetInt32(), folded.GetProperty("unfinished").GetInt32()));

        var members = await GetAsync($"tasks/{task}/runs?state=succeeded&exitCode=0&output={groups[0].GetProperty("output").GetString()}");
        Assert.Equal(3, members.GetProperty("total").GetInt32());

        await EndAsync(5, "B\n");
        Assert.Equal(
            [3, 2, 1], (await GetAsync($"tasks/{task}/outputs")).GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("count").GetInt32()));
    }

    /// <summary>The same bytes in other pieces, and the streams' turns in another order, are the same output; another stream is not.</summary>
    [Fact]
    public async Task Outputs_InOtherPieces_AreTheSame_OnAnotherStream_AreNot()
    {
        var task = await _center.CommandAsync(_agents);
        await EndAsync(0, [("one ", OutputStream.Stdout), ("err", OutputStream.Stderr), ("two", OutputStream.Stdout)]);
        await EndAsync(1, [("err", OutputStream.Stderr), ("one two", OutputStream.Stdout)]);
        await EndAsync(2, [("one two", OutputStream.Stdout), ("err", OutputStream.Stderr)]);
        await EndAsync(3, [("one two", OutputStream.Stderr), ("err", OutputStream.Stdout)]);
        await EndAsync(4, [("one twoerr", OutputStream.Stdout)]);
        await EndAsync(5, []);

        var groups = (await GetAsync($"tasks/{task}/outputs")).GetProperty("groups").EnumerateArray().ToList();

        Assert.Equal([3, 1, 1, 1], groups.Select(group => group.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Outputs_OfATaskThatIsNot_IsNotFound()
    {
        using var client = _center.Client(Role.Viewer);
        await (await client.GetAsync($"/api/v1/tasks/{Guid.CreateVersion7()}/outputs", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.NotFound, "task.unknown");
    }

    [Fact]
    public async Task Export_AsCsv_HasALineForEachHost_AndNoFormulas()
    {
        var task = await _center.CommandAsync(_agents.Take(2));
        await EndAsync(0, "fine\n");
        var run = (await _agents[1].NextRunAsync()).RunId;
        var at = new DateTimeOffset(2026, 11, 29, 1, 2, 3, 4, TimeSpan.Zero);
        await _agents[1].ReportRunFinished(new RunFinished(run, RunState.Failed, 2, null, "=cmd|'x', \"quoted\"", at, at.AddSeconds(2), 0, false));

        using var client = _center.Client(Role.Viewer);
        var answer = await client.GetAsync($"/api/v1/tasks/{task}/runs?format=csv", TestCenter.Cancelled);
        var lines = (await answer.Content.ReadAsStringAsync(TestCenter.Cancelled)).Split("\r\n");

        Assert.Equal(("text/csv", $"task-{task}.csv"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName!.Trim('"')));
        Assert.Equal(4, lines.Length); // the last ends, too
        Assert.Equal(
            $"node-1,{_agents[1].Id},failed,1,1,2,,\"'=cmd|'x', \"\"quoted\"\"\",2026-11-29T01:02:03.004Z,2026-11-29T01:02:05.004Z,2000,0,false,{run}",
            lines.Single(line => line.StartsWith("node-1,", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Export_AsNdjsonByAccept_IsTheSameAsTheList()
    {
        var task = await _center.CommandAsync(_agents);
        await EndAsync(3, "x");
        using var client = _center.Client(Role.Viewer);
        var list = (await client.GetJsonAsync($"/api/v1/tasks/{task}/runs")).GetProperty("items").EnumerateArray().Select(run => run.GetRawText());
        client.DefaultRequestHeaders.Add("Accept", "application/x-ndjson");

        var lines = await client.GetStringAsync($"/api/v1/tasks/{task}/runs", TestCenter.Cancelled);

        Assert.Equal(list, lines.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Export_UnknownFormat_IsRefused()
    {
        var task = await _center.CommandAsync(_agents.Take(1));
        using var client = _center.Client(Role.Viewer);
        await (await client.GetAsync($"/api/v1/tasks/{task}/runs?format=xml", TestCenter.Cancelled)).ProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task Output_Downloaded_IsAFileOfTheHost()
    {
        var task = await _center.CommandAsync(_agents.Take(1));
        await EndAsync(0, "kept\n");
        using var client = _center.Client(Role.Viewer);

        var answer = await client.GetAsync($"/api/v1/tasks/{task}/runs/{_agents[0].Id}/output?download=true", TestCenter.Cancelled);

        Assert.Equal($"node-0-{task}.txt", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Equal("kept\n", await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
    }

    private Task EndAsync(int place, string output, RunState state = RunState.Succeeded, int exitCode = 0) =>
        EndAsync(place, [(output, OutputStream.Stdout)], state, exitCode);

    private async Task EndAsync(int place, (string Text, OutputStream Stream)[] pieces, RunState state = RunState.Succeeded, int exitCode = 0)
    {
        var run = (await _agents[place].NextRunAsync()).RunId;
        await _agents[place].StartAsync(run);
        var offset = 0;
        foreach (var (text, stream) in pieces)
        {
            await _agents[place].WriteAsync(run, offset, text, stream);
            offset += text.Length;
        }

        await _agents[place].FinishAsync(run, state, exitCode, offset);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var client = _center.Client(Role.Viewer);
        return await client.GetJsonAsync($"/api/v1/{path}");
    }
}
