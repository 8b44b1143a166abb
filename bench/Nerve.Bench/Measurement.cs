namespace Nerve.Bench;

/// <summary>One number of the report: the median of its rounds, beside the median of a baseline measured in turns with it.</summary>
/// <param name="Unit">Of all its numbers: <c>ms</c>, <c>MiB</c>, <c>% of a core</c>, …</param>
/// <param name="Goal">The most it may be, or with <paramref name="MoreIsBetter"/> the least; null where none was set.</param>
/// <param name="Rounds">What was measured, in order.</param>
/// <param name="Baseline">What it is compared with, in words; null for what has no noise, such as the size of a file.</param>
internal sealed record Measurement(
    string Name,
    string Unit,
    double? Goal,
    IReadOnlyList<double> Rounds,
    string? Baseline = null,
    IReadOnlyList<double>? BaselineRounds = null,
    bool MoreIsBetter = false)
{
    public double Median => MedianOf(Rounds);

    public double? BaselineMedian => BaselineRounds is { Count: > 0 } rounds ? MedianOf(rounds) : null;

    public bool? Met => Goal is { } goal ? (MoreIsBetter ? Median >= goal : Median <= goal) : null;

    private static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
