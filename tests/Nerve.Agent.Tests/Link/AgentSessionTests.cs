using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;
using Nerve.Agent.Tasks;
using Nerve.Agent.Tests.Tasks;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Link;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Link;

public sealed class AgentSessionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nerve-session-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly GatewayRunReporter _reporter = new();
    private readonly ScriptedGateway _center = new();
    private readonly RunManager _runs;
    private readonly AgentSession _session;

    public AgentSessionTests()
    {
        var rhythm = new Rhythm(_time, _center.Settings);
        var watch = new InventoryWatch(() => new Inventory(), rhythm, _time, NullLogger<InventoryWatch>.Instance);
        _runs = new RunManager(_folder, _reporter, TestHost.Supervisor, _time, NullLogger<RunManager>.Instance);
        _session = new AgentSession(
            rhythm,
            new HeartbeatLoop(new SampleBuffer(), rhythm, _time, () => 0, NullLogger<HeartbeatLoop>.Instance),
            watch,
            new InventoryReports(watch, NullLogger<InventoryReports>.Instance),
            _runs,
            _reporter);
    }

    public void Dispose()
    {
        _runs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What runs wait to say may be much, and the center takes one call of a link at a time.</summary>
    [Fact]
    public async Task RunAsync_NewLink_BeatsBeforeAnythingOfRunsCanBeSent()
    {
        using var stop = new CancellationTokenSource();
        Task<ReportReply>? early = null;
        _center.OnHeartbeat = _ =>
        {
            early = ReportAsync();
            return Task.FromResult(new HeartbeatReply(false, _center.Settings));
        };

        var session = _session.RunAsync(
            new Hello(1, "1.2.3", "node-1", null, null, new Dictionary<string, string>(), null, null, []),
            _center, () => { }, new TaskCompletionSource().Task, stop.Token);
        await _center.NextHeartbeatAsync();

        await Assert.ThrowsAsync<IOException>(() => early!);
        Assert.True((await ReportAsync()).Accepted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session);
    }

    private Task<ReportReply> ReportAsync() =>
        _reporter.StartedAsync(new RunStarted(Guid.CreateVersion7(), _time.GetUtcNow()), TestContext.Current.CancellationToken);
}
