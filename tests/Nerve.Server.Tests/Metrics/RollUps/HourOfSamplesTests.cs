using CsCheck;
using Nerve.Protocol.Metrics;
using Nerve.Server.Metrics.RollUps;

namespace Nerve.Server.Tests.Metrics.RollUps;

/// <summary>Whatever the samples are, a roll-up says of every window what the samples themselves say.</summary>
public sealed class HourOfSamplesTests
{
    private static readonly DateTimeOffset s_hour = new(2026, 3, 14, 13, 0, 0, TimeSpan.Zero);
    private static readonly MetricSchema[] s_schemas = [MetricSchema.Of(["a", "b"]), MetricSchema.Of(["b", "c", "a"]), MetricSchema.Of(["d"])];

    private static readonly Gen<double?> s_value = Gen.Frequency(
        (8, Gen.Double[-1e6, 1e6].Select(value => (double?)value)), (1, Gen.Const((double?)null)), (1, Gen.Double[1e14, 1e15].Select(value => (double?)value)));

    private static readonly Gen<MetricSample> s_sample =
        from millisecond in Gen.Int[0, 3_599_999]
        from schema in Gen.Int[0, s_schemas.Length - 1]
        from values in s_value.Array[3]
        select new MetricSample(s_hour.AddMilliseconds(millisecond), s_schemas[schema].Id, [.. values.Take(s_schemas[schema].Series.Count)]);

    [Fact]
    public void RollUp_AnySamples_SaysOfEachWindowWhatTheSamplesSay() => s_sample.Array[1, 200].Sample(samples =>
    {
        var hour = new HourOfSamples(Guid.NewGuid(), s_hour);
        foreach (var sample in samples)
        {
            hour.Add(sample, Schema(sample));
        }

        var series = hour.Schema.Series;
        foreach (var rollUp in hour.RollUp())
        {
            for (var window = 0; window < rollUp.Level.WindowsAnHour(); window++)
            {
                var (begin, end) = (rollUp.Begin(window), rollUp.Begin(window + 1));
                foreach (var (name, index) in series.Select((name, index) => (name, index)))
                {
                    var values = samples.Where(sample => sample.At >= begin && sample.At < end).Select(sample => ValueOf(sample, name)).OfType<double>().ToList();
                    AssertSame(values, rollUp.Of(window, index, series.Count));
                }
            }
        }
    });

    [Fact]
    public void With_PartsOfAnySize_WeighsThemByTheirCounts()
    {
        var parts = new[] { new double[] { 0 }, [100, 100, 100], [], [40, 60] };

        var whole = parts.Select(part => part.Select(Statistics.Of).Aggregate(default(Statistics), (sum, next) => sum.With(next)))
            .Aggregate((sum, next) => sum.With(next));

        Assert.Equal((6, 0, 100), (whole.Count, whole.Min, whole.Max));
        Assert.Equal(400.0 / 6, whole.Mean, 9); // not (0 + 100 + 50) / 3
    }

    private static void AssertSame(List<double> values, Statistics statistics)
    {
        Assert.Equal(values.Count, statistics.Count);
        if (values.Count > 0)
        {
            Assert.Equal(values.Min(), statistics.Min);
            Assert.Equal(values.Max(), statistics.Max);
            Assert.True(Math.Abs(values.Average() - statistics.Mean) <= 1e-9 * values.Max(Math.Abs), $"{values.Average():R} {statistics.Mean:R}");
        }
    }

    private static MetricSchema Schema(MetricSample sample) => s_schemas.Single(schema => schema.Id == sample.Schema);

    private static double? ValueOf(MetricSample sample, string name) =>
        Schema(sample).Series.Index().Where(series => series.Item == name).Select(series => sample.Values[series.Index]).FirstOrDefault();
}
