using System.Threading.Channels;
using Nerve.Server.Operations;
using Nerve.Server.Shared;

namespace Nerve.Server.Ingestion;

/// <summary>Gathers what many agents send into batches, each one transaction of the store.</summary>
/// <remarks>
/// <see cref="WriteAsync"/> returns when the item is stored, so what was acknowledged is never lost. The channel is bounded; when the store is slower
/// than the fleet, callers wait and are counted in <see cref="HeldUp"/>, and their agents keep what is not acknowledged. One reader keeps each agent's
/// order. While the store is away a batch is tried again until <see cref="Patience"/> is over; then its callers, and all behind them that have waited
/// as long, get the error and repeat. Nobody waits longer than <see cref="BatchLimits.Longest"/>: an agent that waits sends no other sign of life, and
/// gives up its link after 20 seconds.
/// </remarks>
/// <param name="limits">How many at once.</param>
/// <param name="time">The clock of those who wait.</param>
/// <param name="logger">Of the pipeline.</param>
/// <param name="health">Told what the store did.</param>
public abstract class BatchPipeline<TItem, TAnswer>(BatchLimits limits, TimeProvider time, ILogger logger, StoreHealth? health) : BackgroundService
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(500);

    private readonly StoreAttempts _attempts = new(limits.What, time, health);
    private readonly Channel<Pending> _channel = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(limits.Capacity) { SingleReader = limits.AtOnce == 1, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Ends the time between two batches; null while none passes.</summary>
    private volatile TaskCompletionSource? _many;
    private long? _begun;
    private long _written;
    private long _failed;
    private long _heldUp;
    private long _held;

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock between batches: the machine's, for it is about what a store can do and not about the fleet's time.</summary>
    internal TimeProvider Pace { get; init; } = TimeProvider.System;

    public int Depth => _channel.Reader.Count;

    public long Written => Interlocked.Read(ref _written);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Items that came while the channel was full and had to wait for room.</summary>
    public long HeldUp => Interlocked.Read(ref _heldUp);

    /// <summary>Stores it, and answers what the store said of it.</summary>
    /// <exception cref="ProblemException">It could not be stored, or the center is stopping: to be repeated.</exception>
    public async Task<TAnswer> WriteAsync(TItem item, CancellationToken cancellationToken)
    {
        var weight = Weigh(item);
        if (Interlocked.Add(ref _held, weight) > limits.MostHeld)
        {
            Interlocked.Add(ref _held, -weight);
            Interlocked.Increment(ref _failed);
            throw Unavailable();
        }

        var pending = new Pending(item, time.GetTimestamp());
        try
        {
            if (!_channel.Writer.TryWrite(pending))
            {
                await WaitForRoomAsync(pending, cancellationToken);
            }

            if (_many is { } many && Depth >= limits.Many)
            {
                many.TrySetResult();
            }

            return await pending.Stored.Task.WaitAsync(Left(pending), time, cancellationToken);
        }
        catch (TimeoutException)
        {
            Fail(pending);
            throw Unavailable();
        }
        finally
        {
            Interlocked.Add(ref _held, -weight);
        }
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

    /// <summary>How much an item adds to a transaction, and takes of the memory while it waits.</summary>
    protected virtual int Weigh(TItem item) => 1;

    /// <summary>One transaction, all or nothing. Called again with the same items when it failed, also if it only seemed so.</summary>
    /// <returns>An answer for each item.</returns>
    protected abstract Task<IReadOnlyList<TAnswer>> StoreAsync(IReadOnlyList<TItem> batch, CancellationToken cancellationToken);

    /// <summary>The batch is stored; its callers are answered after this.</summary>
    /// <returns>How many of it count as written.</returns>
    protected virtual int Stored(IReadOnlyList<TItem> batch, IReadOnlyList<TAnswer> answers) => batch.Count;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var places = new SemaphoreSlim(limits.AtOnce);
        try
        {
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                await places.WaitAsync(stoppingToken);
                await SpaceOutAsync();
                _ = StoreAsync(Gather(), places, stoppingToken);
            }
        }
        finally
        {
            for (var place = 0; place < limits.AtOnce; place++)
            {
                await places.WaitAsync(CancellationToken.None);
            }

            while (_channel.Reader.TryRead(out var pending))
            {
                pending.Stored.TrySetException(Stopping());
            }
        }
    }

    private List<Pending> Gather()
    {
        var batch = new List<Pending>(Math.Min(Depth, limits.MaxBatch));
        var weight = 0L;
        while (batch.Count < limits.MaxBatch && weight < limits.MaxWeight && _channel.Reader.TryRead(out var pending))
        {
            batch.Add(pending);
            weight += Weigh(pending.Item);
        }

        return batch;
    }

    private async Task WaitForRoomAsync(Pending pending, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(BatchLimits.Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var entering = _channel.Writer.WriteAsync(pending, either.Token);
            if (!entering.IsFaulted)
            {
                Interlocked.Increment(ref _heldUp);
            }

            await entering;
        }
        catch (ChannelClosedException)
        {
            throw Stopping();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(pending);
            throw Unavailable();
        }
    }

    private TimeSpan Left(Pending pending) =>
        BatchLimits.Longest - time.GetElapsedTime(pending.Since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private async Task SpaceOutAsync()
    {
        var left = _begun is { } begun ? limits.Spacing - Pace.GetElapsedTime(begun) : TimeSpan.Zero;
        if (left > TimeSpan.Zero)
        {
            await ManyAsync(left);
        }

        _begun = Pace.GetTimestamp();
    }

    /// <summary>Until many wait, but no longer than this.</summary>
    private async Task ManyAsync(TimeSpan longest)
    {
        var many = _many = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Depth < limits.Many)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(many.Task, Task.Delay(longest, Pace, over.Token));
            await over.CancelAsync();
        }

        _many = null;
    }

    private async Task StoreAsync(List<Pending> batch, SemaphoreSlim places, CancellationToken stoppingToken)
    {
        try
        {
            if (batch.Count > 0) // else those who came have waited too long meanwhile
            {
                await StoreAsync(batch, stoppingToken);
            }
        }
        finally
        {
            places.Release();
        }
    }

    private async Task StoreAsync(List<Pending> batch, CancellationToken stoppingToken)
    {
        var items = batch.ConvertAll(pending => pending.Item);
        while (true)
        {
            try
            {
                var answers = await _attempts.RunAsync(token => StoreAsync(items, token), stoppingToken);
                health?.Wrote();
                Interlocked.Add(ref _written, Stored(items, answers));
                for (var i = 0; i < batch.Count; i++)
                {
                    batch[i].Stored.TrySetResult(answers[i]);
                }

                return;
            }
            catch (Exception exception)
            {
                health?.Failed(exception, writing: true);
                if (time.GetElapsedTime(batch[0].Since) < Patience && await PauseAsync(stoppingToken))
                {
                    BatchLog.Retry(logger, batch.Count, limits.What, exception);
                    continue;
                }

                batch.ForEach(Fail);
                BatchLog.GivenUp(logger, batch.Count + FailThoseBehind(), limits.What, exception);
                return;
            }
        }
    }

    /// <summary>Each batch would wait as long as the one before it, and the last of a fleet for minutes.</summary>
    private int FailThoseBehind()
    {
        var failed = 0;
        while (_channel.Reader.TryPeek(out var next) && time.GetElapsedTime(next.Since) >= Patience && _channel.Reader.TryRead(out next))
        {
            Fail(next);
            failed++;
        }

        return failed;
    }

    private void Fail(Pending pending)
    {
        if (pending.Stored.TrySetException(Unavailable()))
        {
            _ = pending.Stored.Task.Exception; // its caller may have left
            Interlocked.Increment(ref _failed);
        }
    }

    /// <summary>False: there is no time to wait, the center stops.</summary>
    private async Task<bool> PauseAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(s_retryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stoppingToken.IsCancellationRequested;
    }

    private static ProblemException Stopping() => Problems.Unavailable("center.stopping", "The center is stopping: repeat this in a moment.");

    private static ProblemException Unavailable() =>
        Problems.Unavailable("store.unavailable", "The center's store takes nothing at the moment: repeat this later.");

    private sealed record Pending(TItem Item, long Since)
    {
        public TaskCompletionSource<TAnswer> Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
