using Nerve.Server.Metrics.RollUps;

namespace Nerve.Server.Metrics;

/// <summary>Puts values of any fineness into the steps of a chart.</summary>
internal sealed class SeriesSteps(TimeSpan step)
{
    private const int Digits = 4;

    private readonly long _step = (long)step.TotalMilliseconds;
    private readonly SortedDictionary<string, SortedDictionary<long, Statistics>> _series = new(StringComparer.Ordinal);

    /// <param name="name">The series.</param>
    /// <param name="at">When, or the begin of the window.</param>
    /// <param name="values">None says that there was a sample, but without a value.</param>
    public void Add(string name, DateTimeOffset at, Statistics values)
    {
        if (!_series.TryGetValue(name, out var steps))
        {
            _series[name] = steps = [];
        }

        var begin = at.ToUnixTimeMilliseconds() / _step * _step;
        steps[begin] = steps.GetValueOrDefault(begin).With(values);
    }

    public IReadOnlyList<Series> Points(ChartValue value) => [.. _series.Select(series => new Series(
        series.Key,
        [.. series.Value.Select(point => new double?[] { point.Key, Value(point.Value, value) })]))];

    private static double? Value(Statistics of, ChartValue value) => value switch
    {
        ChartValue.Count => of.Count,
        _ when of.Count == 0 => null,
        ChartValue.Min => of.Min,
        ChartValue.Max => of.Max,
        _ => double.IsFinite(of.Mean) ? Math.Round(of.Mean, Digits) : null,
    };
}
