using System.Threading.Channels;
using Nerve.Agent.Link;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Link;

/// <summary>The center takes one call of a link at a time, and the heartbeat is one of them.</summary>
public sealed class GatewayRunReporterTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly Channel<(RunOutput Output, TaskCompletionSource<OutputReply> Answer)> _asked =
        Channel.CreateUnbounded<(RunOutput, TaskCompletionSource<OutputReply>)>();

    private readonly GatewayRunReporter _reporter = new();

    public GatewayRunReporterTests() => _reporter.Attach(new ScriptedGateway { OnOutput = AnswerLater });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OutputAsync_OfManyRuns_IsOneCallAtATimeInTheirOrder()
    {
        var replies = Enumerable.Range(0, RunManager.MostAtOnce).Select(offset => ReportAsync(offset, Cancelled)).ToList();

        for (var offset = 0; offset < RunManager.MostAtOnce; offset++)
        {
            var (output, answer) = await NextAsync();
            Assert.Equal((offset, 0), (output.Offset, _asked.Reader.Count));
            answer.SetResult(new OutputReply(true, offset));
        }

        Assert.All(await Task.WhenAll(replies).WaitAsync(s_limit, Cancelled), reply => Assert.True(reply.Accepted));
    }

    [Fact]
    public async Task OutputAsync_OneFailsOrIsGivenUp_TheNextHasItsTurn()
    {
        using var giveUp = new CancellationTokenSource();
        var (failing, givenUp, next) = (ReportAsync(0, Cancelled), ReportAsync(1, giveUp.Token), ReportAsync(2, Cancelled));

        (await NextAsync()).Answer.SetException(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => failing.WaitAsync(s_limit, Cancelled));
        await NextAsync();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp.WaitAsync(s_limit, Cancelled));

        (await NextAsync()).Answer.SetResult(new OutputReply(true, 2));
        Assert.True((await next.WaitAsync(s_limit, Cancelled)).Accepted);
    }

    [Fact]
    public async Task OutputAsync_TurnComesWithoutAConnection_Fails()
    {
        var (first, second) = (ReportAsync(0, Cancelled), ReportAsync(1, Cancelled));
        var (_, answer) = await NextAsync();
        _reporter.Detach();

        answer.SetException(new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second.WaitAsync(s_limit, Cancelled));
    }

    private Task<OutputReply> AnswerLater(RunOutput output)
    {
        var answer = new TaskCompletionSource<OutputReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Writer.TryWrite((output, answer));
        return answer.Task;
    }

    private async Task<(RunOutput Output, TaskCompletionSource<OutputReply> Answer)> NextAsync() =>
        await _asked.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(s_limit);

    private Task<OutputReply> ReportAsync(long offset, CancellationToken cancellationToken) =>
        _reporter.OutputAsync(new RunOutput(Guid.CreateVersion7(), offset, OutputStream.Stdout, DateTimeOffset.UnixEpoch, [1]), cancellationToken);
}
