using System.Threading.Channels;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Ingestion;

/// <summary>Gathers the heartbeats of many agents into batches: one transaction for up to <see cref="MaxBatch"/> of them.</summary>
/// <remarks>
/// <see cref="WriteAsync"/> returns when the heartbeat is stored, so an acknowledged sample is never lost. The channel is bounded; when the
/// store is slower than the fleet, callers wait, and their agents keep what is not acknowledged. One reader keeps each agent's order.
/// While the store is away a batch is tried again until <see cref="Patience"/> is over; then its callers get the error and repeat.
/// </remarks>
public sealed partial class HeartbeatPipeline(
    IHeartbeatStore store, TimeProvider time, ILogger<HeartbeatPipeline> logger, StoreHealth? health = null) : BackgroundService
{
    public const int Capacity = 10_000;
    public const int MaxBatch = 512;

    /// <summary>A transaction for one heartbeat costs nearly as much as one for fifty, and those of a fleet come one after another: a batch begins
    /// this long after the one before it, unless <see cref="Many"/> wait.</summary>
    private static readonly TimeSpan s_spacing = TimeSpan.FromMilliseconds(50);

    private const int Many = 64;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(500);

    private readonly Channel<Pending> _channel = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly StaleMarks _marks = new();

    private long? _begun;
    private long _written;
    private long _failed;

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock between batches: the machine's, for it is about what a store can do and not about the fleet's time.</summary>
    internal TimeProvider Pace { get; init; } = TimeProvider.System;

    public int Depth => _channel.Reader.Count;

    public long Written => Interlocked.Read(ref _written);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Stores it. False: there is no such agent.</summary>
    /// <exception cref="ProblemException">It could not be stored, or the center is stopping: to be repeated.</exception>
    public async Task<bool> WriteAsync(HeartbeatWrite heartbeat, CancellationToken cancellationToken)
    {
        var pending = new Pending(heartbeat);
        try
        {
            await _channel.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Stopping();
        }

        return await pending.Stored.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes no more, and stores what was taken.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _channel.Writer.TryComplete();
        if (ExecuteTask is { } draining)
        {
            await draining.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Pending>(MaxBatch);
        try
        {
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                await SpaceOutAsync();
                while (batch.Count < MaxBatch && _channel.Reader.TryRead(out var pending))
                {
                    batch.Add(pending);
                }

                await StoreAsync(batch, stoppingToken);
                batch.Clear();
            }
        }
        finally
        {
            while (_channel.Reader.TryRead(out var pending))
            {
                pending.Stored.TrySetException(Stopping());
            }
        }
    }

    private async Task SpaceOutAsync()
    {
        var left = _begun is { } begun ? s_spacing - Pace.GetElapsedTime(begun) : TimeSpan.Zero;
        if (left > TimeSpan.Zero && Depth < Many)
        {
            await Task.Delay(left, Pace);
        }

        _begun = Pace.GetTimestamp();
    }

    private async Task StoreAsync(List<Pending> batch, CancellationToken stoppingToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            try
            {
                var now = time.UtcMilliseconds();
                var heartbeats = batch.ConvertAll(pending => _marks.Mark(pending.Heartbeat, now));
                var unknown = await store.WriteAsync(heartbeats, stoppingToken);
                health?.Wrote();
                Remember(heartbeats, unknown);
                Interlocked.Add(ref _written, batch.Count - unknown.Count);
                batch.ForEach(pending => pending.Stored.TrySetResult(!unknown.Contains(pending.Heartbeat.AgentId)));
                return;
            }
            catch (Exception exception)
            {
                health?.Failed(exception);
                if (time.GetElapsedTime(begun) < Patience && await PauseAsync(stoppingToken))
                {
                    LogRetry(logger, batch.Count, exception);
                    continue;
                }

                Interlocked.Add(ref _failed, batch.Count);
                LogGivenUp(logger, batch.Count, exception);
                batch.ForEach(pending => pending.Stored.TrySetException(
                    Problems.Unavailable("store.unavailable", "The center's store takes nothing at the moment: repeat this later.")));
                return;
            }
        }
    }

    private void Remember(List<HeartbeatWrite> heartbeats, IReadOnlySet<Guid> unknown)
    {
        heartbeats.ForEach(_marks.Stored);
        foreach (var agent in unknown)
        {
            _marks.Forget(agent);
        }
    }

    /// <summary>False: there is no time to wait, the center stops.</summary>
    private async Task<bool> PauseAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(s_retryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stoppingToken.IsCancellationRequested;
    }

    private static ProblemException Stopping() => Problems.Unavailable("center.stopping", "The center is stopping: repeat this in a moment.");

    private sealed record Pending(HeartbeatWrite Heartbeat)
    {
        public TaskCompletionSource<bool> Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(1, LogLevel.Warning, "The store did not take {Count} heartbeats; trying again")]
    private static partial void LogRetry(ILogger logger, int count, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "{Count} heartbeats were not stored; their agents will repeat them")]
    private static partial void LogGivenUp(ILogger logger, int count, Exception exception);
}
