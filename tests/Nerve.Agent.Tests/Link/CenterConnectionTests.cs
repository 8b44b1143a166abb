using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Identity;
using Nerve.Agent.Link;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Link;

public sealed class CenterConnectionTests
{
    /// <summary>A center whose database is slow takes 15 seconds for each call, one after the other.</summary>
    [Fact]
    public async Task Heartbeat_CenterTakesItsTime_IsWaitedForAsLongAsTheCenterMayBeAlive()
    {
        using var answers = new ManualResetEventSlim();
        await using var center = await ScriptedCenter.StartAsync();
        center.Agents["credential"] = Guid.CreateVersion7();
        center.OnHeartbeat = _ =>
        {
            answers.Wait();
            return new HeartbeatReply(false, center.Settings);
        };
        var time = new FakeTimeProvider();
        await using var connection = await CenterConnection.OpenAsync(
            center.Address, new AgentIdentity(center.Agents["credential"], "credential", null, null, time.GetUtcNow()), new NoPeer(),
            time, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        var heartbeat = connection.Gateway.Heartbeat(new Heartbeat(1));
        await ScriptedCenter.NextAsync(center.Heartbeats);
        try
        {
            time.Advance(TimeSpan.FromSeconds(119));
            Assert.False(heartbeat.IsCompleted);

            time.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<TimeoutException>(() => heartbeat);
        }
        finally
        {
            answers.Set();
        }
    }

    private sealed class NoPeer : IAgentPeer
    {
        public Task Run(RunAssignment assignment) => Task.CompletedTask;

        public Task Cancel(RunCancel cancel) => Task.CompletedTask;

        public Task Configure(AgentSettings settings) => Task.CompletedTask;
    }
}
