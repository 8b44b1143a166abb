using System.Globalization;
using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Shared;

namespace Nerve.Server.Metrics;

/// <summary>What of a step's samples is shown.</summary>
public enum ChartValue
{
    Mean,
    Min,
    Max,
    Count,
}

/// <summary>Which series, which time, how fine.</summary>
/// <param name="Names">Full series names, or bare metric names that stand for all their series; none means all.</param>
public sealed record MetricQuery(IReadOnlyList<string> Names, DateTimeOffset From, DateTimeOffset To, TimeSpan Step, ChartValue Value = ChartValue.Mean)
{
    /// <summary>Of each series.</summary>
    public const int MaxPoints = 5000;

    /// <summary>Of all series together: 690 of them with the steps that there are without asking. They are all in memory, some 150 bytes each.</summary>
    public const int MaxPointsInAll = 250_000;

    private const int DefaultPoints = 360;
    private static readonly TimeSpan s_finestDefault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_defaultRange = TimeSpan.FromHours(1);

    /// <exception cref="ProblemException">What is asked makes no sense.</exception>
    public static MetricQuery Parse(string[]? names, DateTimeOffset? from, DateTimeOffset? to, string? step, ChartValue value, DateTimeOffset now)
    {
        var until = to ?? now;
        var since = from ?? until - s_defaultRange;
        if (since >= until)
        {
            throw Problems.Invalid("from", "must be before 'to'");
        }

        var wanted = string.IsNullOrEmpty(step) ? DefaultStep(until - since) : ParseStep(step);
        return (until - since) / wanted <= MaxPoints
            ? new MetricQuery(names ?? [], since, until, wanted, value)
            : throw Problems.Invalid("step", $"gives more than {MaxPoints} points for this range; make it longer");
    }

    public bool Wants(string series) =>
        Names.Count == 0 || Names.Any(name => series == name || (series.StartsWith(name, StringComparison.Ordinal) && series[name.Length] == '{'));

    /// <summary>About 360 points, in whole multiples of ten seconds, or of a roll-up's window where the step is longer than that.</summary>
    private static TimeSpan DefaultStep(TimeSpan range)
    {
        var exact = range / DefaultPoints;
        var unit = RollUpLevels.All.Select(RollUpLevels.Window).LastOrDefault(window => window <= exact, s_finestDefault);
        return unit * Math.Max(1, Math.Ceiling(exact / unit));
    }

    private static TimeSpan ParseStep(string text)
    {
        var unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, >= '0' and <= '9' => 0, _ => -1 };
        var digits = unit == 0 ? text : text[..^1];
        return unit >= 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? TimeSpan.FromSeconds((double)number * Math.Max(1, unit))
            : throw Problems.Invalid("step", "must be a duration such as 30s, 5m or 1h");
    }
}
