using System.Diagnostics;
using Nerve.Server.Shared;

namespace Nerve.Server.Operations;

/// <summary>Gives memory back after a busy time.</summary>
/// <remarks>
/// A fleet that enrols or comes back leaves garbage that has grown old. The collector looks at old objects when much memory is asked for, and a calm
/// center asks for none: what one busy minute left behind would stay for days. One collection, of a fraction of a second, is worth it when there is much to find.
/// </remarks>
internal sealed partial class CalmCollection(TimeProvider time, ILogger<CalmCollection> logger)
    : PeriodicService(CalmCollection.s_period, "Memory could not be given back", time, logger)
{
    /// <summary>What a center of a small fleet takes; less is not worth a pause.</summary>
    private const long Small = 80L << 20;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(20);

    /// <summary>From one collection to the next, whatever there is to find.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromMinutes(2);

    private long _afterwards;
    private long _before;
    private long? _collected;

    /// <summary>Whether the heap has grown so much since it was last collected that it is worth looking.</summary>
    public static bool IsWorthIt(long committed, long afterwards) => committed > Math.Max(afterwards * 17 / 16, Small);

    /// <summary>Whether the busy time is over: the heap grows as little as that of a fleet whose heartbeats come in.</summary>
    public static bool IsCalm(long committed, long before) => committed <= before * 21 / 20;

    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        var committed = Committed();
        var isRested = _collected is not { } then || Time.GetElapsedTime(then) >= s_rest;
        if (isRested && IsCalm(committed, _before) && IsWorthIt(committed, _afterwards))
        {
            _collected = Time.GetTimestamp();
            _afterwards = Collect(committed);
        }

        _before = committed;
        return Task.CompletedTask;
    }

    private long Collect(long before)
    {
        var begun = Stopwatch.GetTimestamp();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var afterwards = Committed();
        LogCollected(logger, before >> 20, afterwards >> 20, (long)Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        return afterwards;
    }

    private static long Committed() => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    [LoggerMessage(1, LogLevel.Debug, "Gave memory back: the heap had {Before} MiB, and has {Afterwards} MiB; it took {Milliseconds} ms")]
    private static partial void LogCollected(ILogger logger, long before, long afterwards, long milliseconds);
}
