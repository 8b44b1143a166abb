namespace Nerve.Server.Tests.Support;

/// <summary>A clock whose monotonic time and wall time go their own ways, with an odd frequency that finds wrong units.</summary>
internal sealed class TestClock : TimeProvider
{
    private long _ticks = 987_654_321;

    public DateTimeOffset Wall { get; set; } = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => 1_000_003;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Wall;

    public void Advance(TimeSpan time)
    {
        _ticks += (long)(time.TotalSeconds * TimestampFrequency);
        Wall += time;
    }
}
