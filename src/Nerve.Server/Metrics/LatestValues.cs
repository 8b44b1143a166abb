using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

/// <summary>The newest sample of an agent with the names of its values.</summary>
public sealed record LatestValues(DateTimeOffset At, MetricSchema Schema, IReadOnlyList<double?> Values)
{
    public IReadOnlyDictionary<string, double?> Pick(IReadOnlyList<string> wanted)
    {
        var picked = new Dictionary<string, double?>(wanted.Count);
        for (var i = 0; i < Schema.Series.Count && picked.Count < wanted.Count; i++)
        {
            if (wanted.Contains(Schema.Series[i]))
            {
                picked[Schema.Series[i]] = Values[i];
            }
        }

        return picked;
    }

    public IReadOnlyDictionary<string, double?> All() =>
        Schema.Series.Zip(Values).ToDictionary(pair => pair.First, pair => pair.Second);
}
