namespace Nerve.Agent.Metrics;

/// <summary>A number of the kernel that only grows, and when it was read last.</summary>
internal struct Counter
{
    private ulong? _value;
    private long _at;

    /// <summary>The growth by each second since the last reading, by the monotonic clock.</summary>
    /// <param name="range">How many values the counter has before it starts again at 0: 2³² for those of 32 bits. Null when it is
    /// too wide to ever come to its end.</param>
    /// <returns>Null for the first reading, after one without a value, and when the counter went backwards without having come
    /// to its end: it was reset, and how far it had come before nobody knows.</returns>
    public double? PerSecond(ulong? value, long timestamp, TimeProvider time, ulong? range = null)
    {
        var (before, since) = (_value, _at);
        (_value, _at) = (value, timestamp);
        if (before is not { } earlier || value is not { } now || Growth(earlier, now, range) is not { } growth)
        {
            return null;
        }

        var seconds = time.GetElapsedTime(since, timestamp).TotalSeconds;
        return seconds > 0 ? growth / seconds : null;
    }

    // A counter that was near its end and is now near its beginning has gone around; any other way back is a reset.
    private static ulong? Growth(ulong earlier, ulong now, ulong? range)
    {
        if (now >= earlier)
        {
            return now - earlier;
        }

        return range is { } size && earlier < size && size - earlier < size / 4 && now < size / 4 ? size - earlier + now : null;
    }
}
