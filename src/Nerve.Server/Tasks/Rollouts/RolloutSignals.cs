using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Wakes the rollouts when something may let one go on.</summary>
public sealed class RolloutSignals(TimeProvider time)
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<Guid, byte> _rung = new();

    /// <summary>The tasks whose rollouts go on: nobody needs to be woken because a run of another ended.</summary>
    public IReadOnlySet<Guid> Tasks { get; set; } = new HashSet<Guid>();

    /// <summary>Something of this task changed.</summary>
    public void Ring(Guid task)
    {
        _rung[task] = 0;
        _rings.Writer.TryWrite(true);
    }

    /// <summary>The tasks that were rung for since the last time.</summary>
    public IReadOnlySet<Guid> Take() => _rung.Keys.Where(task => _rung.TryRemove(task, out _)).ToHashSet();

    /// <summary>Until a ring, or the time is over.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _rings.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
