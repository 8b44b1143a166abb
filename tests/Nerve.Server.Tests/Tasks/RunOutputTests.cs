using System.Net;
using System.Text;
using CsCheck;
using Microsoft.AspNetCore.SignalR.Client;
using Nerve.Protocol;
using Nerve.Protocol.Runs;
using Nerve.Server.Identity;
using Nerve.Server.Tasks;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Tasks;

public sealed class RunOutputTests(SharedCenter shared) : IClassFixture<SharedCenter>
{
    private readonly TestCenter _center = shared.Center;

    [Fact]
    public async Task Write_PieceAfterPiece_IsReadAsItCame()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);

        Assert.Equal(4, (await agent.WriteAsync(run, 0, "out1")).NextOffset);
        Assert.Equal(8, (await agent.WriteAsync(run, 4, "err1", OutputStream.Stderr)).NextOffset);
        Assert.Equal(12, (await agent.WriteAsync(run, 8, "out2")).NextOffset);

        Assert.Equal("out1err1out2", await _center.OutputAsync(task, agent));
        Assert.Equal("out1out2", await _center.OutputAsync(task, agent, "?stream=stdout"));
        Assert.Equal("err1", await _center.OutputAsync(task, agent, "?stream=stderr"));
    }

    [Fact]
    public async Task Write_RepeatedPiece_IsKeptOnce_AndTheAgentIsToldWhereToGoOn()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        await agent.WriteAsync(run, 0, "hello ");

        var again = await agent.WriteAsync(run, 0, "hello ");
        await agent.WriteAsync(run, 6, "world");

        Assert.Equal((true, 6L), (again.Accepted, again.NextOffset));
        Assert.Equal("hello world", await _center.OutputAsync(task, agent));
    }

    [Fact]
    public async Task Write_WithAGap_IsNotKept_AndTheAgentIsToldWhereToGoOn()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        await agent.WriteAsync(run, 0, "hello ");

        var ahead = await agent.WriteAsync(run, 100, "from the future");
        var behind = await agent.WriteAsync(run, -5, "from the past");

        Assert.Equal((true, 6L), (ahead.Accepted, ahead.NextOffset));
        Assert.Equal(6, behind.NextOffset);
        Assert.Equal("hello ", await _center.OutputAsync(task, agent));
    }

    /// <summary>Any order of pieces, repeated and ahead of time, by an agent that follows the answers: each byte is kept once.</summary>
    [Fact]
    public async Task Write_AnyPiecesByAnObedientAgent_KeepsEachByteOnce()
    {
        await using var agent = await _center.JoinAsync();
        var random = new Random(20260131);
        for (var round = 0; round < 3; round++)
        {
            var (task, run) = await StartedAsync(agent);
            var whole = Enumerable.Range(0, 80).Select(i => (byte)('a' + (i % 26))).ToArray();
            var next = 0L;
            while (next < whole.Length)
            {
                var from = (int)Math.Clamp(next + random.Next(-4, 5), 0, whole.Length);
                var length = Math.Min(random.Next(0, 30), whole.Length - from);
                next = (await agent.WriteAsync(run, from, whole[from..(from + length)])).NextOffset;
            }

            Assert.Equal(Encoding.ASCII.GetString(whole), await _center.OutputAsync(task, agent));
        }
    }

    [Fact]
    public async Task Read_CharactersCutBetweenPieces_AreWhole()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        var bytes = Encoding.UTF8.GetBytes("节点 🚀 ok");
        for (var i = 0; i < bytes.Length; i++)
        {
            await agent.WriteAsync(run, i, [bytes[i]]);
        }

        Assert.Equal("节点 🚀 ok", await _center.OutputAsync(task, agent));
    }

    [Fact]
    public async Task Read_BytesThatAreNoText_BecomeHarmless()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        byte[] bytes = [(byte)'a', 0xff, 0xfe, (byte)'b', 0xc3];
        await agent.WriteAsync(run, 0, bytes);
        await agent.FinishAsync(run);

        using var client = _center.Client(Role.Viewer);
        var answer = await client.GetAsync($"/api/v1/tasks/{task}/runs/{agent.Id}/output", TestCenter.Cancelled);

        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("a\ufffd\ufffdb\ufffd", await answer.Content.ReadAsStringAsync(TestCenter.Cancelled));
    }

    [Fact]
    public async Task Write_OverTheLimit_IsRefused_AndARepetitionOfTheLastPieceIsNot()
    {
        await using var agent = await _center.JoinAsync();
        var task = await _center.CommandAsync([agent], outputLimitBytes: 10);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);
        await agent.WriteAsync(run, 0, "12345678");

        var repeated = await agent.WriteAsync(run, 0, "12345678");
        var tooMuch = await agent.WriteAsync(run, 8, "90x");
        var rest = await agent.WriteAsync(run, 8, "90");

        Assert.Equal((true, 8L), (repeated.Accepted, repeated.NextOffset));
        Assert.Equal((false, 8L, ProblemCodes.RunTransition), (tooMuch.Accepted, tooMuch.NextOffset, tooMuch.Code));
        Assert.Equal((true, 10L), (rest.Accepted, rest.NextOffset));
        Assert.Equal("1234567890", await _center.OutputAsync(task, agent));
    }

    [Fact]
    public async Task Write_PieceLargerThanAllowed_OrAfterTheEnd_IsRefused()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);

        Assert.False((await agent.WriteAsync(run, 0, new byte[RunOutput.MaxBytes + 1])).Accepted);
        await agent.FinishAsync(run);
        Assert.False((await agent.WriteAsync(run, 0, "too late")).Accepted);

        Assert.Equal("", await _center.OutputAsync(task, agent));
    }

    [Fact]
    public async Task Follow_OverRest_StreamsWhileItIsWritten_AndEndsWithTheRun()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        using var client = _center.Client(Role.Viewer);
        using var answer = await client.GetAsync(
            $"/api/v1/tasks/{task}/runs/{agent.Id}/output?follow=true", HttpCompletionOption.ResponseHeadersRead, TestCenter.Cancelled).WithinLimitAsync();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestCenter.Cancelled));

        await agent.WriteAsync(run, 0, "line 1\n");
        Assert.Equal("line 1", await reader.ReadLineAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync());
        await agent.WriteAsync(run, 7, "line 2\n");
        Assert.Equal("line 2", await reader.ReadLineAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync());
        await agent.FinishAsync(run, bytes: 14);
        Assert.Null(await reader.ReadLineAsync(TestCenter.Cancelled).AsTask().WithinLimitAsync());
    }

    [Fact]
    public async Task Follow_OverRest_DoesNotHoldUpTheCentersEnd()
    {
        var center = await TestCenter.StartAsync();
        await using var agent = await center.JoinAsync();
        var task = await center.CommandAsync(agent);
        var run = (await agent.NextRunAsync()).RunId;
        await agent.StartAsync(run);
        await agent.WriteAsync(run, 0, "begun");
        using var client = center.Client(Role.Viewer);
        using var answer = await client.GetAsync(
            $"/api/v1/tasks/{task}/runs/{agent.Id}/output?follow=true", HttpCompletionOption.ResponseHeadersRead, TestCenter.Cancelled);
        await using var body = await answer.Content.ReadAsStreamAsync(TestCenter.Cancelled);
        Assert.Equal(5, await body.ReadAtLeastAsync(new byte[16], 5, cancellationToken: TestCenter.Cancelled));

        var begun = TimeProvider.System.GetTimestamp();
        await center.DisposeAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(9));
    }

    [Fact]
    public async Task Follow_OverTheLiveHub_StreamsFromAnOffset()
    {
        await using var agent = await _center.JoinAsync();
        var (task, run) = await StartedAsync(agent);
        await agent.WriteAsync(run, 0, "0123456789");
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);

        var pieces = new List<OutputText>();
        await foreach (var piece in browser.Hub.StreamAsync<OutputText>("FollowOutput", task, agent.Id, 4L, TestCenter.Cancelled))
        {
            pieces.Add(piece);
            if (pieces.Count == 1)
            {
                await agent.WriteAsync(run, 10, "!", OutputStream.Stderr);
                await agent.FinishAsync(run, bytes: 11);
            }
        }

        Assert.Equal("456789!", string.Concat(pieces.Select(piece => piece.Text)));
        Assert.Equal((4L, OutputStream.Stdout, 6), (pieces[0].Offset, pieces[0].Stream, pieces[0].Bytes));
        Assert.Equal((10L, OutputStream.Stderr, 1), (pieces[1].Offset, pieces[1].Stream, pieces[1].Bytes));
    }

    [Fact]
    public async Task Follow_UnknownRun_SaysSo() =>
        Assert.Contains("run.unknown", await FollowInVainAsync(Guid.CreateVersion7(), Guid.CreateVersion7()), StringComparison.Ordinal);

    /// <summary>Removed after its time, which is not the same as never written.</summary>
    [Fact]
    public async Task Read_OutputThatWasRemoved_IsGoneAndSaysSo_AndEmptyOutputIsEmpty()
    {
        await using var agent = await _center.JoinAsync();
        var (written, run) = await StartedAsync(agent);
        await agent.WriteAsync(run, 0, "hello");
        await agent.FinishAsync(run, bytes: 5);
        var (silent, other) = await StartedAsync(agent);
        await agent.FinishAsync(other);
        Assert.Equal("hello", await _center.OutputAsync(written, agent));

        Assert.NotEqual(0, await _center.Get<ITaskStore>().PruneOutputAsync(DateTimeOffset.UtcNow.AddHours(1), 1000, TestCenter.Cancelled));

        using var viewer = _center.Client(Role.Viewer);
        var answer = await viewer.GetAsync($"/api/v1/tasks/{written}/runs/{agent.Id}/output", TestCenter.Cancelled);
        var problem = await answer.ProblemAsync(HttpStatusCode.Gone, "output.expired");
        Assert.Contains("5 bytes, has been removed: output is kept for 30 days", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("output.expired", await FollowInVainAsync(written, agent.Id), StringComparison.Ordinal);
        Assert.Equal("", await _center.OutputAsync(silent, agent));
        Assert.Equal(5, (await _center.RunAsync(written, agent)).GetProperty("outputBytes").GetInt64());
    }

    private async Task<string> FollowInVainAsync(Guid task, Guid agent)
    {
        await using var browser = await Browser.OpenAsync(_center, Role.Viewer);
        var fault = await Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(async () =>
        {
            await foreach (var _ in browser.Hub.StreamAsync<OutputText>("FollowOutput", task, agent, 0L, TestCenter.Cancelled))
            {
            }
        });
        return fault.Message;
    }

    private async Task<(Guid Task, Guid Run)> StartedAsync(ScriptedAgent agent)
    {
        var task = await _center.CommandAsync(agent);
        var run = (await agent.NextRunAsync(task)).RunId;
        await agent.StartAsync(run);
        return (task, run);
    }
}
