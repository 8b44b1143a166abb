using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Nerve.Agent.Metrics;

namespace Nerve.Agent.Tests.Metrics;

public class CounterTests
{
    private static readonly Gen<(ulong? Value, int Milliseconds)[]> s_readings =
        Gen.Select(Gen.OneOf(Gen.ULong[0, 1000].Select(value => (ulong?)value), Gen.ULong.Select(value => (ulong?)value), Gen.Const((ulong?)null)), Gen.Int[0, 60_000]).Array;

    [Fact]
    public void PerSecond_AnyReadings_IsTheGrowthOrUnknown() => s_readings.Sample(readings =>
    {
        var time = new FakeTimeProvider();
        var counter = new Counter();
        ulong? before = null;
        foreach (var (value, milliseconds) in readings)
        {
            time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            var rate = counter.PerSecond(value, time.GetTimestamp(), time);

            if (before is { } earlier && value is { } now && now >= earlier && milliseconds > 0)
            {
                Assert.Equal((now - earlier) / (milliseconds / 1000.0), rate!.Value, (now - earlier) * 1e-9);
                Assert.True(rate >= 0);
            }
            else
            {
                Assert.Null(rate);
            }

            before = value;
        }
    });

    [Fact]
    public void PerSecond_AfterAReset_StartsAnew()
    {
        var time = new FakeTimeProvider();
        var counter = new Counter();
        double? Read(ulong value)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return counter.PerSecond(value, time.GetTimestamp(), time);
        }

        Assert.Null(Read(1000));
        Assert.Equal(50, Read(1500));
        Assert.Null(Read(20));
        Assert.Equal(3, Read(50));
        Assert.Equal(0, Read(50));
    }

    [Theory]
    // Near its end and then near its beginning: it went around, and 150 + 50 were added in ten seconds.
    [InlineData((1UL << 32) - 150, 50, 20.0)]
    // Far from its end: a reset.
    [InlineData(1UL << 31, 50, null)]
    [InlineData((1UL << 32) - 150, 1UL << 31, null)]
    // More than it can hold: not this counter.
    [InlineData(1UL << 33, 50, null)]
    public void PerSecond_CounterOf32Bits_GoesAroundAtItsEnd(ulong before, ulong now, double? expected)
    {
        var time = new FakeTimeProvider();
        var counter = new Counter();
        counter.PerSecond(before, time.GetTimestamp(), time, 1UL << 32);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(expected, counter.PerSecond(now, time.GetTimestamp(), time, 1UL << 32));
    }
}
