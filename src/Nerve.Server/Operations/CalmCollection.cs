using System.Diagnostics;

namespace Nerve.Server.Operations;

/// <summary>Gives memory back after a busy time.</summary>
/// <remarks>
/// A fleet that enrols or comes back leaves garbage that has grown old. The collector looks at old objects when much memory is asked for, and a calm
/// center asks for none: what one busy minute left behind would stay for days. One collection, of a fraction of a second, is worth it when there is much to find.
/// </remarks>
internal sealed partial class CalmCollection(ILogger<CalmCollection> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>From one collection to the next, whatever there is to find.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    /// <summary>What a center of a small fleet takes; less is not worth a pause.</summary>
    private const long Small = 64L << 20;

    /// <summary>Whether the heap has grown by so much since it was last collected that it is worth looking.</summary>
    public static bool IsWorthIt(long committed, long afterwards) => committed > Math.Max(afterwards, Small) * 5 / 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var afterwards = 0L;
        long? last = null;
        using var timer = new PeriodicTimer(Period); // the machine's time, for it is the machine's memory
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if ((last is not { } then || Stopwatch.GetElapsedTime(then) >= Rest) && IsWorthIt(Committed(), afterwards))
            {
                afterwards = Collect();
                last = Stopwatch.GetTimestamp();
            }
        }
    }

    private long Collect()
    {
        var (before, begun) = (Committed(), Stopwatch.GetTimestamp());
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var afterwards = Committed();
        LogCollected(logger, before >> 20, afterwards >> 20, (long)Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        return afterwards;
    }

    private static long Committed() => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    [LoggerMessage(1, LogLevel.Debug, "Memory of the heap after a busy time: {Before} MiB, now {Afterwards} MiB, in {Milliseconds} ms")]
    private static partial void LogCollected(ILogger logger, long before, long afterwards, long milliseconds);
}
