using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Link;

namespace Nerve.Agent.Tests.Tasks;

public class ReportRetryTests
{
    /// <summary>Else those before it were first again, and it never came to be heard.</summary>
    [Fact]
    public async Task UntilAnsweredAsync_WaitsLongForItsTurn_KeepsItsPlace()
    {
        var time = new FakeTimeProvider();
        var retry = new ReportRetry(time, NullLogger.Instance);
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        var reporting = retry.UntilAnsweredAsync(
            Guid.CreateVersion7(),
            async token =>
            {
                asked++;
                await turn.Task.WaitAsync(token);
                return ReportReply.Ok;
            },
            TestHost.Timeout);

        time.Advance(TimeSpan.FromMinutes(5));
        turn.SetResult();

        Assert.True((await reporting.WaitAsync(TimeSpan.FromSeconds(20), TestHost.Timeout)).Accepted);
        Assert.Equal(1, asked);
    }
}
