using System.Threading.Channels;

namespace Nerve.Server.Tasks.Rollouts;

/// <summary>Wakes the rollouts when something may let one go on.</summary>
public sealed class RolloutSignals(TimeProvider time)
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The tasks whose rollouts go on: nobody needs to be woken because a run of another ended.</summary>
    public IReadOnlySet<Guid> Tasks { get; set; } = new HashSet<Guid>();

    public void Ring() => _rings.Writer.TryWrite(true);

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
