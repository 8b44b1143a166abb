using System.Collections.Concurrent;
using HdrHistogram;

namespace Nerve.Swarm.Measuring;

/// <summary>What the swarm counts while it runs. Latencies in microseconds, up to ten minutes, to three digits.</summary>
internal sealed class Meters
{
    private const long LongestMicroseconds = 600_000_000;

    private readonly ConcurrentDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private long _connected;
    private long _beats;

    public LongConcurrentHistogram BeatLatency { get; } = new(1, LongestMicroseconds, 3);

    public LongConcurrentHistogram ConnectLatency { get; } = new(1, LongestMicroseconds, 3);

    public long RunsStarted;
    public long RunsAcknowledged;
    public long ReportsRepeated;

    /// <summary>Links that are open now.</summary>
    public long OpenLinks => Interlocked.Read(ref _connected);

    /// <summary>Heartbeats that the center acknowledged: it promised that they are stored.</summary>
    public long Acknowledged => Interlocked.Read(ref _beats);

    public IReadOnlyDictionary<string, long> Failures => _failures;

    public void Connected(TimeSpan took)
    {
        Interlocked.Increment(ref _connected);
        Record(ConnectLatency, took);
    }

    public void Disconnected() => Interlocked.Decrement(ref _connected);

    public void Beat(TimeSpan took)
    {
        Interlocked.Increment(ref _beats);
        Record(BeatLatency, took);
    }

    /// <summary>Counts a failure by its kind; the texts of thousands of agents differ in names only.</summary>
    public void Note(Exception failure) =>
        _failures.AddOrUpdate($"{failure.GetType().Name}: {failure.Message}", 1, (_, count) => count + 1);

    private static void Record(LongConcurrentHistogram histogram, TimeSpan took) =>
        histogram.RecordValue(Math.Clamp((long)took.TotalMicroseconds, 1, LongestMicroseconds));
}
