namespace Nerve.Agent.Metrics;

/// <summary>A number of the kernel that only grows, and when it was read last.</summary>
internal struct Counter
{
    private ulong? _value;
    private long _at;

    /// <summary>The growth by each second since the last reading, by the monotonic clock.</summary>
    /// <returns>Null for the first reading, after one without a value, and when the counter went backwards: it was reset,
    /// and how far it had come before nobody knows.</returns>
    public double? PerSecond(ulong? value, long timestamp, TimeProvider time)
    {
        var (before, since) = (_value, _at);
        (_value, _at) = (value, timestamp);
        if (before is not { } earlier || value is not { } now || now < earlier)
        {
            return null;
        }

        var seconds = time.GetElapsedTime(since, timestamp).TotalSeconds;
        return seconds > 0 ? (now - earlier) / seconds : null;
    }
}
