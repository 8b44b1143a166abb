using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Link;
using Nerve.Protocol.Link;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Tests.Link;

public sealed class HeartbeatLoopTests : IDisposable
{
    private static readonly MetricSchema s_schema = MetricSchema.Of(["load.1m"]);

    private readonly FakeTimeProvider _time = new();
    private readonly SampleBuffer _buffer = new();
    private readonly ScriptedGateway _center = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Rhythm _rhythm;
    private readonly HeartbeatLoop _loop;

    public HeartbeatLoopTests()
    {
        _rhythm = new Rhythm(_time, new AgentSettings(30, 10));
        _loop = new HeartbeatLoop(_buffer, _rhythm, _time, () => 0, NullLogger<HeartbeatLoop>.Instance);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public async Task RunAsync_JustConnected_BeatsAtOnceAndThenAtTheRhythm()
    {
        _ = _loop.RunAsync(_center, _stop.Token);

        Assert.Equal(1, (await _center.NextHeartbeatAsync()).Sequence);
        await AdvanceAsync(29);
        Assert.False(_center.HasHeartbeat);
        await AdvanceAsync(1);
        Assert.Equal(2, (await _center.NextHeartbeatAsync()).Sequence);
    }

    [Fact]
    public async Task RunAsync_FleetConnectedTogether_SpreadsTheSecondHeartbeat()
    {
        var loop = new HeartbeatLoop(_buffer, _rhythm, _time, () => 0.5, NullLogger<HeartbeatLoop>.Instance);
        _ = loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();

        await AdvanceAsync(15);

        await _center.NextHeartbeatAsync();
    }

    [Fact]
    public async Task RunAsync_FleetHeldUpTogether_SpreadsAgain()
    {
        var loop = new HeartbeatLoop(_buffer, _rhythm, _time, () => 0.5, NullLogger<HeartbeatLoop>.Instance);
        var outage = new TaskCompletionSource<HeartbeatReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _center.OnHeartbeat = _ => outage.Task;
        _ = loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();
        await AdvanceAsync(60);

        _center.OnHeartbeat = null;
        outage.SetResult(new HeartbeatReply(false, _center.Settings));
        await _center.NextHeartbeatAsync();
        await AdvanceAsync(14);
        Assert.False(_center.HasHeartbeat);
        await AdvanceAsync(1);

        await _center.NextHeartbeatAsync();
    }

    [Fact]
    public async Task RunAsync_CenterChangesTheInterval_TakesEffectWithoutWaitingForTheOldOne()
    {
        _ = _loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();
        await SettleAsync();

        _rhythm.Apply(new AgentSettings(5, 5));
        await AdvanceAsync(5);

        await _center.NextHeartbeatAsync();
    }

    [Fact]
    public async Task RunAsync_ChangeOvertakesTheAnswer_IsNotUndoneByIt()
    {
        var held = new TaskCompletionSource<HeartbeatReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _center.OnHeartbeat = _ => held.Task;
        _ = _loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();

        _rhythm.Apply(new AgentSettings(5, 5));
        _center.OnHeartbeat = null;
        held.SetResult(new HeartbeatReply(false, new AgentSettings(3600, 3600)));
        await SettleAsync();
        await AdvanceAsync(5);

        await _center.NextHeartbeatAsync();
        await SettleAsync();
        Assert.Equal(_center.Settings, _rhythm.Settings); // what the next answer says counts again
    }

    [Fact]
    public async Task RunAsync_ReplyCarriesSettings_AppliesThem()
    {
        _center.Settings = new AgentSettings(7, 3);
        _ = _loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();
        await SettleAsync();

        Assert.Equal(new AgentSettings(7, 3), _rhythm.Settings);
    }

    [Fact]
    public async Task RunAsync_Schema_IsSentOncePerConnection()
    {
        Add(1);
        _ = _loop.RunAsync(_center, _stop.Token);
        var first = await _center.NextHeartbeatAsync();
        await SettleAsync();
        Add(2);
        await AdvanceAsync(30);
        var second = await _center.NextHeartbeatAsync();

        Assert.Equal(s_schema.Id, first.Schema!.Id);
        Assert.Null(second.Schema);
        Assert.Equal(2, Assert.Single(second.Samples!).Values[0]);
    }

    [Fact]
    public async Task RunAsync_CenterTakesOnlyTheFirst_SendsTheRestWithTheNext()
    {
        _center.OnHeartbeat = heartbeat => Task.FromResult(new HeartbeatReply(false, _center.Settings, heartbeat.Sequence == 1 ? 1 : null));
        Add(1);
        Add(2);
        Add(3);
        _ = _loop.RunAsync(_center, _stop.Token);
        Assert.Equal(3, (await _center.NextHeartbeatAsync()).Samples!.Count);
        await SettleAsync();
        Assert.Equal(2, _buffer.Count);

        await AdvanceAsync(30);
        Assert.Equal([2, 3], (await _center.NextHeartbeatAsync()).Samples!.Select(sample => sample.Values[0]));
        await SettleAsync();
        Assert.Equal(0, _buffer.Count);
    }

    [Fact]
    public async Task RunAsync_CenterWantsTheSchema_RepeatsWithItAtOnceAndLosesNothing()
    {
        Add(1);
        _ = _loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();
        await SettleAsync();
        Add(2);
        _center.OnHeartbeat = heartbeat => Task.FromResult(new HeartbeatReply(heartbeat.Schema is null, _center.Settings));
        await AdvanceAsync(30);

        Assert.Null((await _center.NextHeartbeatAsync()).Schema);
        var repeated = await _center.NextHeartbeatAsync();
        await SettleAsync();

        Assert.Equal(s_schema.Id, repeated.Schema!.Id);
        Assert.Equal(2, Assert.Single(repeated.Samples!).Values[0]);
        Assert.Equal(0, _buffer.Count);
    }

    [Fact]
    public async Task RunAsync_ConnectionFailsBeforeTheReply_KeepsTheSamples()
    {
        Add(1);
        _center.OnHeartbeat = _ => Task.FromException<HeartbeatReply>(new IOException("gone"));

        await Assert.ThrowsAsync<IOException>(() => _loop.RunAsync(_center, _stop.Token));

        Assert.Equal(1, _buffer.Count);
    }

    [Fact]
    public async Task RunAsync_CenterCannotStoreIt_KeepsTheSamplesAndTheConnection()
    {
        Add(1);
        _center.OnHeartbeat = _ => Task.FromException<HeartbeatReply>(new HubException("storage.unavailable: the disk is full"));
        var running = _loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();
        await SettleAsync();
        Assert.False(running.IsCompleted);
        Assert.Equal(1, _buffer.Count);

        _center.OnHeartbeat = null;
        await AdvanceAsync(30);

        Assert.NotNull((await _center.NextHeartbeatAsync()).Schema);
        await SettleAsync();
        Assert.Equal(0, _buffer.Count);
    }

    /// <summary>Its database is slow, or it answers calls that came before.</summary>
    [Fact]
    public async Task RunAsync_AnswerIsLate_WaitsForItWithTheSamples_AndSaysSoOnce()
    {
        var lines = new ConcurrentQueue<string>();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(new LinesProvider(lines)));
        var loop = new HeartbeatLoop(_buffer, _rhythm, _time, () => 0, logs.CreateLogger<HeartbeatLoop>());
        Add(1);
        var (first, second) = (AnswerLater(), AnswerLater());
        _center.OnHeartbeat = heartbeat => heartbeat.Sequence switch { 1 => first.Task, 2 => second.Task, _ => AnswerAtOnce() };
        var running = loop.RunAsync(_center, _stop.Token);
        await _center.NextHeartbeatAsync();

        await AdvanceAsync(60);
        Assert.Equal((false, false, 1), (running.IsCompleted, _center.HasHeartbeat, _buffer.Count));
        first.SetResult(await AnswerAtOnce());
        Assert.Equal(2, (await _center.NextHeartbeatAsync()).Sequence);
        Assert.Equal(0, _buffer.Count);
        await AdvanceAsync(29);
        Assert.StartsWith("Warning: The center takes more than 20 s", Assert.Single(lines), StringComparison.Ordinal);

        second.SetResult(await AnswerAtOnce());
        await AdvanceAsync(1);
        Assert.Equal(3, (await _center.NextHeartbeatAsync()).Sequence);
        await SettleAsync();
        Assert.Equal((2, "Information: The center answers heartbeats in time again"), (lines.Count, lines.Last()));
    }

    [Fact]
    public async Task RunAsync_CenterDoesNotKnowTheAgent_EndsTheSession()
    {
        _center.OnHeartbeat = _ => Task.FromException<HeartbeatReply>(new HubException("agent.unknown: enrol again"));

        await Assert.ThrowsAsync<HubException>(() => _loop.RunAsync(_center, _stop.Token));
    }

    [Fact]
    public async Task SamplerLoop_SampleHangs_HeartbeatsGoOn()
    {
        using var hung = new ManualResetEventSlim();
        var sampler = new SamplerLoop(
            () =>
            {
                hung.Wait();
                return (s_schema, new MetricSample(DateTimeOffset.UnixEpoch, s_schema.Id, [1]));
            },
            _buffer, _rhythm, _time, NullLogger<SamplerLoop>.Instance);
        var sampling = sampler.RunAsync(_stop.Token);
        _ = _loop.RunAsync(_center, _stop.Token);

        for (var i = 0; i < 5; i++)
        {
            Assert.Null((await _center.NextHeartbeatAsync()).Samples);
            await AdvanceAsync(30);
        }

        hung.Set();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sampling);
    }

    private Task<HeartbeatReply> AnswerAtOnce() => Task.FromResult(new HeartbeatReply(false, _center.Settings));

    private static TaskCompletionSource<HeartbeatReply> AnswerLater() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(double value) =>
        _buffer.Add(s_schema, new MetricSample(DateTimeOffset.UnixEpoch.AddSeconds(value), s_schema.Id, [value]));

    private async Task AdvanceAsync(double seconds)
    {
        await SettleAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await SettleAsync();
    }

    /// <summary>Lets what was set off in the background come to rest; the clock stands meanwhile.</summary>
    private static async Task SettleAsync() => await Task.Delay(50, TestContext.Current.CancellationToken);
}
