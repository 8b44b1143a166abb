using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Ingestion;

public sealed class HeartbeatPipelineTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly FaultyHeartbeatStore _store = new();
    private readonly HeartbeatPipeline _pipeline;

    public HeartbeatPipelineTests() => _pipeline = new HeartbeatPipeline(_store, _time, NullLogger<HeartbeatPipeline>.Instance);

    public async ValueTask DisposeAsync()
    {
        _store.Release();
        await _pipeline.StopAsync(TestCenter.Cancelled);
        _pipeline.Dispose();
    }

    [Fact]
    public async Task Write_ReturnsWhenItIsStored()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);

        var write = WriteAsync();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);
        Assert.False(write.IsCompleted);
        _store.Release();

        Assert.True(await write.WithinLimitAsync());
        Assert.Equal(1, _pipeline.Written);
    }

    [Fact]
    public async Task Write_WhileTheStoreIsBusy_BecomesOneBatch()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var first = WriteAsync();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);

        var rest = Enumerable.Range(0, 700).Select(_ => WriteAsync()).ToList();
        await Eventually.HoldsAsync(() => _pipeline.Depth == 700);
        _store.Release();
        await Task.WhenAll([first, .. rest]).WithinLimitAsync();

        Assert.Equal([1, 512, 188], _store.Batches.Select(batch => batch.Count));
    }

    [Fact]
    public async Task Write_OneSoonAfterAnother_SharesATransaction()
    {
        using var pipeline = new HeartbeatPipeline(_store, _time, NullLogger<HeartbeatPipeline>.Instance) { Pace = _time };
        await pipeline.StartAsync(TestCenter.Cancelled);
        await WriteAsync(pipeline).WithinLimitAsync();

        var soon = new List<Task<bool>>();
        while (soon.Count < 5)
        {
            soon.Add(WriteAsync(pipeline));
            await Task.Delay(10, TestCenter.Cancelled); // long enough to be stored at once, if it were; the pipeline's clock stands
        }

        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            return soon.TrueForAll(write => write.IsCompleted);
        });

        Assert.Equal([1, 5], _store.Batches.Select(batch => batch.Count));
    }

    [Fact]
    public async Task Write_ManySoonAfterAnother_DoNotWait()
    {
        using var pipeline = new HeartbeatPipeline(_store, _time, NullLogger<HeartbeatPipeline>.Instance) { Pace = _time };
        var many = Enumerable.Range(0, 2 * HeartbeatPipeline.MaxBatch).Select(_ => WriteAsync(pipeline)).ToList();
        await pipeline.StartAsync(TestCenter.Cancelled);

        await Task.WhenAll(many).WithinLimitAsync();
    }

    [Fact]
    public async Task Write_ManyComeBetweenTwoBatches_TheSecondBeginsAtOnce()
    {
        using var pipeline = new HeartbeatPipeline(_store, _time, NullLogger<HeartbeatPipeline>.Instance) { Pace = _time };
        await pipeline.StartAsync(TestCenter.Cancelled);
        await WriteAsync(pipeline).WithinLimitAsync();

        var few = WriteAsync(pipeline); // waits, for the pipeline's clock stands
        await Task.Delay(50, TestCenter.Cancelled);
        Assert.False(few.IsCompleted);
        var many = Enumerable.Range(1, HeartbeatPipeline.Many - 1).Select(_ => WriteAsync(pipeline)).ToList();

        await Task.WhenAll([few, .. many]).WithinLimitAsync();
        Assert.Equal([1, HeartbeatPipeline.Many], _store.Batches.Select(batch => batch.Count));
    }

    [Fact]
    public async Task Write_OfOneAgent_KeepsItsOrder()
    {
        var agent = Guid.CreateVersion7();
        var start = _time.GetUtcNow();
        var writes = Enumerable.Range(0, 1000).Select(i => WriteAsync(agent, start.AddSeconds(i))).ToList();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        await Task.WhenAll(writes).WithinLimitAsync();

        var stored = _store.Batches.SelectMany(batch => batch).Select(heartbeat => heartbeat.At).ToList();
        Assert.Equal(stored.Order(), stored);
        Assert.Equal(1000, stored.Count);
    }

    [Fact]
    public async Task Write_UnknownAgent_IsFalse_AndTheOthersAreStored()
    {
        var stranger = Guid.CreateVersion7();
        _store.Unknown.Add(stranger);
        var writes = new[] { WriteAsync(), WriteAsync(stranger), WriteAsync() };
        await _pipeline.StartAsync(TestCenter.Cancelled);

        var stored = await Task.WhenAll(writes).WithinLimitAsync();
        Assert.Equal([true, false, true], stored);
        Assert.Equal(2, _pipeline.Written);
    }

    [Fact]
    public async Task Write_StoreAwayForAWhile_IsTriedAgain()
    {
        _store.IsAway = true;
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var write = WriteAsync();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await Eventually.HoldsAsync(() => _store.Attempts == attempt);
            await AdvanceUntilAsync(() => _store.Attempts == attempt + 1);
        }

        _store.IsAway = false;
        await AdvanceUntilAsync(() => write.IsCompleted);

        Assert.True(await write);
        Assert.Equal(0, _pipeline.Failed);
    }

    [Fact]
    public async Task Write_StoreAwayForTooLong_FailsToBeRepeated_AndTheNextOneIsStored()
    {
        _store.IsAway = true;
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var write = WriteAsync();
        var begun = _time.GetUtcNow();

        await AdvanceUntilAsync(() => write.IsCompleted);

        var problem = await Assert.ThrowsAsync<ProblemException>(() => write);
        Assert.Equal((503, "store.unavailable"), (problem.Status, problem.Code));
        Assert.NotNull(problem.RetryAfter);
        Assert.True(_time.GetUtcNow() - begun >= _pipeline.Patience);
        Assert.Equal(1, _pipeline.Failed);
        _store.IsAway = false;
        Assert.True(await WriteAsync().WithinLimitAsync());
    }

    [Fact]
    public async Task Write_ChannelFull_WaitsForRoom()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var first = WriteAsync();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);
        var accepted = Enumerable.Range(0, HeartbeatPipeline.Capacity).Select(_ => WriteAsync()).ToList();
        await Eventually.HoldsAsync(() => _pipeline.Depth == HeartbeatPipeline.Capacity);

        var waiting = WriteAsync();
        using var impatient = new CancellationTokenSource();
        var given = WriteAsync(cancellationToken: impatient.Token);
        Assert.Equal((HeartbeatPipeline.Capacity, 2), (_pipeline.Depth, _pipeline.HeldUp));
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        _store.Release();

        await Task.WhenAll([first, waiting, .. accepted]).WithinLimitAsync();
        Assert.Equal(HeartbeatPipeline.Capacity + 2, _pipeline.Written);
    }

    [Fact]
    public async Task Write_ChannelFullAndStaysFull_FailsInTime()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var taken = Enumerable.Range(0, HeartbeatPipeline.Capacity + HeartbeatPipeline.MaxBatch).Select(_ => WriteAsync()).ToList();
        var begun = _time.GetUtcNow();

        var late = WriteAsync();
        await AdvanceUntilAsync(() => late.IsCompleted && taken.TrueForAll(write => write.IsCompleted));

        Assert.Equal("store.unavailable", (await Assert.ThrowsAsync<ProblemException>(() => late)).Code);
        Assert.InRange(_time.GetUtcNow() - begun, _pipeline.Patience, HeartbeatPipeline.Longest + TimeSpan.FromSeconds(2));
        await AdvanceUntilAsync(() => _pipeline.Depth == 0);
    }

    /// <summary>A fleet whose database takes connections but answers nothing for two minutes. Agents beat every 30 seconds and are offline after 90.</summary>
    [Fact]
    public async Task Write_BacklogsOfAnOutage_GoInTransactionsThatEndInTime()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var first = WriteAsync();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);

        var rest = Enumerable.Range(0, 100).Select(_ => _pipeline.WriteAsync(Backlog(), TestCenter.Cancelled)).ToList();
        _store.Release();
        await Task.WhenAll([first, .. rest]).WithinLimitAsync();

        Assert.Equal(100 * Protocol.Link.Heartbeat.MaxSamples, _store.Batches.Sum(Samples));
        Assert.All(_store.Batches, batch => Assert.InRange(Samples(batch), 0, HeartbeatPipeline.MaxBatchSamples + Protocol.Link.Heartbeat.MaxSamples));

        static int Samples(IReadOnlyList<HeartbeatWrite> batch) => batch.Sum(heartbeat => heartbeat.Samples.Count);
    }

    [Fact]
    public async Task Write_MoreSamplesThanThereIsMemoryFor_IsRefusedAtOnce_AndTakenLater()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var held = Enumerable.Range(0, HeartbeatPipeline.MostSamplesHeld / Protocol.Link.Heartbeat.MaxSamples)
            .Select(_ => _pipeline.WriteAsync(Backlog(), TestCenter.Cancelled)).ToList();

        var refused = await Assert.ThrowsAsync<ProblemException>(() => _pipeline.WriteAsync(Backlog(), TestCenter.Cancelled).WithinLimitAsync());
        Assert.Equal((503, "store.unavailable"), (refused.Status, refused.Code));
        Assert.True(await TakenAsync());

        async Task<bool> TakenAsync()
        {
            _store.Release();
            await Task.WhenAll(held).WithinLimitAsync();
            return await _pipeline.WriteAsync(Backlog(), TestCenter.Cancelled).WithinLimitAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_StoreAnswersNothingForTwoMinutes_NobodyIsSilentAndLittleIsHeld(bool endsWhenAsked)
    {
        const int Agents = 2000; // more than one batch takes
        _store.IsDeaf = !endsWhenAsked;
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var fleet = new BeatingFleet(Agents, _time, _pipeline);

        await fleet.LiveAsync(TimeSpan.FromSeconds(120));
        Assert.Empty(fleet.CalledOffline);
        Assert.InRange(fleet.LongestWait, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.InRange(_pipeline.Depth, 0, Agents);
        Assert.InRange(_store.Waiting, 0, 5);

        _store.Release();
        await fleet.LiveAsync(TimeSpan.FromSeconds(60));
        Assert.Empty(fleet.CalledOffline);
        Assert.Equal(Agents, _store.Batches.SelectMany(batch => batch).Select(heartbeat => heartbeat.AgentId).Distinct().Count());
    }

    [Fact]
    public async Task Stop_DrainsWhatWasTaken_AndRefusesTheRest()
    {
        _store.Hold();
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var taken = Enumerable.Range(0, 1500).Select(_ => WriteAsync()).ToList();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);

        var stop = _pipeline.StopAsync(TestCenter.Cancelled);
        var late = await Assert.ThrowsAsync<ProblemException>(() => WriteAsync());
        Assert.False(stop.IsCompleted);
        _store.Release();
        await stop.WithinLimitAsync();

        Assert.All(await Task.WhenAll(taken).WithinLimitAsync(), Assert.True);
        Assert.Equal((503, "center.stopping"), (late.Status, late.Code));
        Assert.Equal(1500, _store.Batches.Sum(batch => batch.Count));
    }

    [Fact]
    public async Task Stop_StoreStaysAway_DoesNotWaitForEver()
    {
        _store.IsAway = true;
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var write = WriteAsync();
        await Eventually.HoldsAsync(() => _store.Attempts == 1);
        using var patience = new CancellationTokenSource();

        var stop = _pipeline.StopAsync(patience.Token);
        await patience.CancelAsync();
        await stop.WithinLimitAsync();

        await Assert.ThrowsAsync<ProblemException>(() => write.WithinLimitAsync());
    }

    private Task<bool> WriteAsync(Guid? agent = null, DateTimeOffset? at = null, CancellationToken? cancellationToken = null) =>
        _pipeline.WriteAsync(
            new HeartbeatWrite(agent ?? Guid.CreateVersion7(), at ?? _time.GetUtcNow(), []), cancellationToken ?? TestCenter.Cancelled);

    private Task<bool> WriteAsync(HeartbeatPipeline pipeline) =>
        pipeline.WriteAsync(new HeartbeatWrite(Guid.CreateVersion7(), _time.GetUtcNow(), []), TestCenter.Cancelled);

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.HoldsAsync(() =>
    {
        if (condition())
        {
            return true;
        }

        _time.Advance(TimeSpan.FromMilliseconds(100));
        return false;
    });

    /// <summary>As much as one heartbeat may bring.</summary>
    private HeartbeatWrite Backlog()
    {
        var now = _time.GetUtcNow();
        return new HeartbeatWrite(
            Guid.NewGuid(), now, [.. Enumerable.Range(0, Protocol.Link.Heartbeat.MaxSamples).Select(second => new Protocol.Metrics.MetricSample(now.AddSeconds(-second), "schema", [1]))]);
    }
}
