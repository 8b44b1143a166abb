using Nerve.Server.Metrics.RollUps;
using Nerve.Server.Shared;

namespace Nerve.Server.Metrics;

/// <summary>Puts values of any fineness into the steps of a chart.</summary>
internal sealed class SeriesSteps(TimeSpan step)
{
    private const int Digits = 4;

    private readonly long _step = (long)step.TotalMilliseconds;
    private readonly SortedDictionary<string, SortedDictionary<long, Statistics>> _series = new(StringComparer.Ordinal);
    private int _points;

    /// <param name="name">The series.</param>
    /// <param name="at">When, or the begin of the window.</param>
    /// <param name="values">None says that there was a sample, but without a value.</param>
    /// <exception cref="ProblemException">It becomes more than one answer may hold.</exception>
    public void Add(string name, DateTimeOffset at, Statistics values)
    {
        if (!_series.TryGetValue(name, out var steps))
        {
            _series[name] = steps = [];
        }

        var begin = at.ToUnixTimeMilliseconds() / _step * _step;
        if (steps.TryGetValue(begin, out var known))
        {
            steps[begin] = known.With(values);
            return;
        }

        steps[begin] = ++_points <= MetricQuery.MaxPointsInAll ? values : throw TooMany();
    }

    public IReadOnlyList<Series> Points(ChartValue value) => [.. _series.Select(series => new Series(
        series.Key,
        [.. series.Value.Select(point => new double?[] { point.Key, Value(point.Value, value) })]))];

    private static ProblemException TooMany() => Problems.Invalid(
        "step", $"gives more than {MetricQuery.MaxPointsInAll} points for all series together; make it longer or the time shorter, or name some series with 'name'");

    private static double? Value(Statistics of, ChartValue value) => value switch
    {
        ChartValue.Count => of.Count,
        _ when of.Count == 0 => null,
        ChartValue.Min => of.Min,
        ChartValue.Max => of.Max,
        _ => double.IsFinite(of.Mean) ? Math.Round(of.Mean, Digits) : null,
    };
}
