using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Nerve.Server.Ingestion;
using Nerve.Server.Shared;
using Nerve.Server.Tests.Support;

namespace Nerve.Server.Tests.Ingestion;

/// <summary>A pipeline that may have several transactions under way.</summary>
public sealed class SideBySideTests : IDisposable
{
    private readonly Doubling _pipeline = new(new BatchLimits("numbers", Capacity: 100, MaxBatch: 2, TimeSpan.Zero, AtOnce: 2));

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public async Task Write_MoreThanABatch_IsUnderWayAtOnce_AndNoMoreThanMayBe()
    {
        await _pipeline.StartAsync(TestCenter.Cancelled);

        var writes = Enumerable.Range(1, 7).Select(WriteAsync).ToList();
        await Eventually.HoldsAsync(() => _pipeline.UnderWay.Count == 2);
        await Task.Delay(50, TestCenter.Cancelled); // a third would have begun
        Assert.Equal(2, _pipeline.UnderWay.Count);
        Assert.DoesNotContain(writes, write => write.IsCompleted);
        _pipeline.Open.SetResult();

        Assert.Equal([2, 4, 6, 8, 10, 12, 14], (IEnumerable<int>)await Task.WhenAll(writes).WithinLimitAsync());
        Assert.Equal(7, _pipeline.Written);
    }

    [Fact]
    public async Task Stop_SeveralUnderWay_WaitsForAllAndForWhatFollows()
    {
        await _pipeline.StartAsync(TestCenter.Cancelled);
        var writes = Enumerable.Range(1, 5).Select(WriteAsync).ToList();
        await Eventually.HoldsAsync(() => _pipeline.UnderWay.Count == 2);

        var stop = _pipeline.StopAsync(TestCenter.Cancelled);
        await Task.Delay(50, TestCenter.Cancelled); // it would have stopped
        Assert.False(stop.IsCompleted);
        _pipeline.Open.SetResult();

        await stop.WithinLimitAsync();
        Assert.Equal([2, 4, 6, 8, 10], (IEnumerable<int>)await Task.WhenAll(writes).WithinLimitAsync());
        Assert.Equal("center.stopping", (await Assert.ThrowsAsync<ProblemException>(() => WriteAsync(6))).Code);
    }

    [Fact]
    public async Task Write_OneOfTwoBatchesFails_TheOtherIsAnswered()
    {
        using var pipeline = new Doubling(new BatchLimits("numbers", Capacity: 100, MaxBatch: 2, TimeSpan.Zero, AtOnce: 2)) { Patience = TimeSpan.Zero };
        pipeline.Refused = 3;
        pipeline.Open.SetResult();
        var writes = Enumerable.Range(1, 4).Select(number => pipeline.WriteAsync(number, TestCenter.Cancelled)).ToList();
        await pipeline.StartAsync(TestCenter.Cancelled);

        Assert.Equal([2, 4], (IEnumerable<int>)await Task.WhenAll(writes[..2]).WithinLimitAsync());
        foreach (var write in writes[2..])
        {
            Assert.Equal("store.unavailable", (await Assert.ThrowsAsync<ProblemException>(() => write.WithinLimitAsync())).Code);
        }

        Assert.Equal((2, 2), (pipeline.Written, pipeline.Failed));
    }

    private Task<int> WriteAsync(int number) => _pipeline.WriteAsync(number, TestCenter.Cancelled);

    private sealed class Doubling(BatchLimits limits) : BatchPipeline<int, int>(limits, TimeProvider.System, NullLogger.Instance, null)
    {
        public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentBag<IReadOnlyList<int>> UnderWay { get; } = [];

        public int? Refused { get; set; }

        protected override async Task<IReadOnlyList<int>> StoreAsync(IReadOnlyList<int> batch, CancellationToken cancellationToken)
        {
            UnderWay.Add(batch);
            await Open.Task.WaitAsync(cancellationToken);
            return batch.Any(number => number == Refused) ? throw new IOException("the disk is gone") : [.. batch.Select(number => number * 2)];
        }
    }
}
