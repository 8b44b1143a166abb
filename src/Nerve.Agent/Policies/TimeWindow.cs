using System.Globalization;

namespace Nerve.Agent.Policies;

/// <summary>Hours of certain days, in the host's time. Hours that pass midnight belong to the day on which they begin.</summary>
/// <param name="days">A bit for each day, Sunday the lowest.</param>
/// <param name="from">Minutes after midnight.</param>
/// <param name="until">Minutes after midnight, up to 1440, itself no more; not more than <paramref name="from"/> when it is on the next day.</param>
internal sealed class TimeWindow(int days, int from, int until)
{
    private static readonly string[] s_days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public const int AllDays = 0b111_1111;
    private const int WholeDay = 24 * 60;

    /// <summary>The bit of a day's name; null if it is none.</summary>
    public static int? Day(string name) => Array.IndexOf(s_days, name) is >= 0 and var day ? 1 << day : null;

    /// <summary><c>20:00-06:00</c>; null where it is not that.</summary>
    public static TimeWindow? TryParse(int days, string hours)
    {
        var dash = hours.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && Minutes(hours[..dash]) is { } from and < WholeDay && Minutes(hours[(dash + 1)..]) is { } until && from != until
            ? new TimeWindow(days, from, until)
            : null;
    }

    /// <param name="minuteOfWeek">Since the midnight in which Sunday began.</param>
    public bool Contains(int minuteOfWeek)
    {
        var (day, minute) = (minuteOfWeek / WholeDay, minuteOfWeek % WholeDay);
        if (from < until)
        {
            return Has(day) && minute >= from && minute < until;
        }

        return (Has(day) && minute >= from) || (Has((day + 6) % 7) && minute < until);
    }

    public static string Moment(int minuteOfWeek) => string.Create(
        CultureInfo.InvariantCulture, $"{s_days[minuteOfWeek / WholeDay]} {minuteOfWeek % WholeDay / 60:00}:{minuteOfWeek % 60:00}");

    private bool Has(int day) => (days & (1 << day)) != 0;

    private static int? Minutes(string text) =>
        text.Trim() is [var h1, var h2, ':', var m1, var m2]
        && int.TryParse([h1, h2], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
        && int.TryParse([m1, m2], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
        && minutes < 60 && (hours * 60) + minutes <= WholeDay
            ? (hours * 60) + minutes
            : null;
}
