using Nerve.Server.Metrics;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Retention;

namespace Nerve.Server.Tests.Metrics;

public sealed class ChartPlanTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    [Theory]
    [InlineData(10, null)]
    [InlineData(299, null)]
    [InlineData(300, RollUpLevel.FiveMinutes)]
    [InlineData(1680, RollUpLevel.FiveMinutes)]
    [InlineData(3600, RollUpLevel.OneHour)]
    [InlineData(5400, RollUpLevel.FiveMinutes)]
    [InlineData(7200, RollUpLevel.OneHour)]
    public void LevelOf_AStep_IsTheCoarsestWhoseWindowsFillIt(int seconds, RollUpLevel? expected) =>
        Assert.Equal(expected, ChartPlan.LevelOf(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Of_ARangeWithinTheLifeOfItsLevel_IsOnePart() =>
        Assert.Equal([new ChartPart(null, s_now.AddDays(-6), s_now)], Plan(6, 60));

    [Fact]
    public void Of_FineStepsOverMoreThanThereIs_GoOverToWhatIsLeft()
    {
        // 15:09 seven days ago is within an hour that has begun to expire; the next whole hour is the first of samples.
        var (samples, five) = (new DateTimeOffset(2026, 3, 7, 16, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 2, 12, 16, 0, 0, TimeSpan.Zero));

        Assert.Equal(
            [
                new ChartPart(RollUpLevel.OneHour, s_now.AddDays(-40), five),
                new ChartPart(RollUpLevel.FiveMinutes, five, samples),
                new ChartPart(null, samples, s_now),
            ],
            Plan(40, 60));
        Assert.Equal(
            [new ChartPart(RollUpLevel.OneHour, s_now.AddDays(-40), five), new ChartPart(RollUpLevel.FiveMinutes, five, s_now)], Plan(40, 600));
        Assert.Equal([new ChartPart(RollUpLevel.OneHour, s_now.AddDays(-40), s_now)], Plan(40, 3600));
    }

    [Fact]
    public void Of_SamplesThatOutliveTheRollUps_TakesTheSamples()
    {
        var keep = new RetentionSettings { Samples = TimeSpan.FromDays(60), FiveMinutes = TimeSpan.FromDays(30) };

        Assert.Equal([new ChartPart(null, s_now.AddDays(-40), s_now)], ChartPlan.Of(s_now.AddDays(-40), s_now, TimeSpan.FromSeconds(60), keep, s_now));
    }

    private static IReadOnlyList<ChartPart> Plan(int days, int stepSeconds) =>
        ChartPlan.Of(s_now.AddDays(-days), s_now, TimeSpan.FromSeconds(stepSeconds), new RetentionSettings(), s_now);
}
