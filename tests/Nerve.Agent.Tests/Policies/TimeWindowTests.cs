using Nerve.Agent.Policies;

namespace Nerve.Agent.Tests.Policies;

public class TimeWindowTests
{
    [Theory]
    [InlineData("mon", "08:00-18:00", "mon 07:59", false)]
    [InlineData("mon", "08:00-18:00", "mon 08:00", true)]
    [InlineData("mon", "08:00-18:00", "mon 17:59", true)]
    [InlineData("mon", "08:00-18:00", "mon 18:00", false)]
    [InlineData("mon", "08:00-18:00", "tue 12:00", false)]
    [InlineData("fri", "20:00-06:00", "fri 19:59", false)]
    [InlineData("fri", "20:00-06:00", "fri 20:00", true)]
    [InlineData("fri", "20:00-06:00", "sat 05:59", true)]
    [InlineData("fri", "20:00-06:00", "sat 06:00", false)]
    [InlineData("fri", "20:00-06:00", "fri 05:00", false)]
    [InlineData("sat", "20:00-06:00", "sun 03:00", true)]
    [InlineData("sun", "00:00-24:00", "sun 23:59", true)]
    [InlineData("sun", "00:00-24:00", "mon 00:00", false)]
    public void Contains_Moment_IsTheHostsClock(string day, string hours, string moment, bool inside)
    {
        var window = TimeWindow.TryParse(TimeWindow.Day(day)!.Value, hours)!;

        Assert.Equal(inside, window.Contains(MinuteOfWeek(moment)));
        Assert.Equal(moment, TimeWindow.Moment(MinuteOfWeek(moment)));
    }

    [Fact]
    public void LocalTime_Now_IsWhatDateSays()
    {
        using var date = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("date", ["-d", "@1800000000", "+%w %H %M"]) { RedirectStandardOutput = true })!;
        var fields = date.StandardOutput.ReadToEnd().Split(' ').Select(int.Parse).ToList();

        Assert.Equal((((fields[0] * 24) + fields[1]) * 60) + fields[2], Nerve.Agent.Linux.LocalTime.MinuteOfWeek(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));
    }

    private static int MinuteOfWeek(string moment)
    {
        string[] days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        return (Array.IndexOf(days, moment[..3]) * 24 * 60) + (int)TimeSpan.Parse(moment[4..]).TotalMinutes;
    }
}
