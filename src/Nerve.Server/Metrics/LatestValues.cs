using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics;

/// <summary>The newest sample of an agent with the names of its values.</summary>
public sealed record LatestValues(DateTimeOffset At, MetricSchema Schema, IReadOnlyList<double?> Values)
{
    public IReadOnlyDictionary<string, double?> All() =>
        Schema.Series.Zip(Values).ToDictionary(pair => pair.First, pair => pair.Second);
}
