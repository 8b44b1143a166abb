namespace Nerve.Bench;

/// <summary>What the browser's part of the bench hands over; fields as in <see cref="Measurement"/>.</summary>
internal sealed record PageNumbers(string Name, string Unit, double? Goal, double[] Rounds, string? Baseline, double[]? BaselineRounds);
