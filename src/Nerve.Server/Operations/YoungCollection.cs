using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Keeps the young objects of a calm center few.</summary>
/// <remarks>
/// A busy center is faster by a tenth where much is allocated between two collections: what waits for its batch is answered before it is looked at. A calm
/// one would let the same room fill for many seconds, with nothing but garbage.
/// </remarks>
internal sealed class YoungCollection(TimeProvider time, ILogger<YoungCollection> logger)
    : PeriodicService(TimeSpan.FromSeconds(1), "Young objects could not be collected", time, logger)
{
    /// <summary>Bytes that a calm center allocates between two collections, or a second's more.</summary>
    internal const long Most = 4L << 20;

    private int _collections;
    private long _allocated;

    /// <summary>Whether nobody collected since the last look, and there is enough to find.</summary>
    internal bool IsDue(int collections, long allocated)
    {
        var isDue = collections == _collections && allocated - _allocated >= Most;
        if (collections != _collections)
        {
            (_collections, _allocated) = (collections, allocated);
        }

        return isDue;
    }

    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        if (IsDue(GC.CollectionCount(0), GC.GetTotalAllocatedBytes()))
        {
            GC.Collect(0);
        }

        return Task.CompletedTask;
    }
}
