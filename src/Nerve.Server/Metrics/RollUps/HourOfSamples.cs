using Nerve.Protocol.Metrics;

namespace Nerve.Server.Metrics.RollUps;

/// <summary>Gathers the samples of one agent and hour.</summary>
public sealed class HourOfSamples(Guid agentId, DateTimeOffset hour)
{
    private readonly Dictionary<string, Statistics[]> _series = new(StringComparer.Ordinal);
    private MetricSchema? _only;
    private bool _mixed;

    public bool IsEmpty => _series.Count == 0;

    /// <param name="sample">Of this hour.</param>
    /// <param name="schema">The names of its values.</param>
    public void Add(MetricSample sample, MetricSchema schema)
    {
        _mixed |= _only is not null && _only.Id != schema.Id;
        _only ??= schema;
        var window = (int)((sample.At - hour) / RollUpLevel.FiveMinutes.Window());
        for (var i = 0; i < schema.Series.Count; i++)
        {
            if (!_series.TryGetValue(schema.Series[i], out var windows))
            {
                _series[schema.Series[i]] = windows = new Statistics[RollUpLevel.FiveMinutes.WindowsAnHour()];
            }

            if (sample.Values[i] is { } value)
            {
                windows[window] = windows[window].With(Statistics.Of(value));
            }
        }
    }

    /// <summary>The schema of the roll-ups, which may be one that no agent has sent.</summary>
    public MetricSchema Schema => !_mixed && _only is not null ? _only : MetricSchema.Of([.. _series.Keys.Order(StringComparer.Ordinal)]);

    /// <summary>One of each level.</summary>
    public IReadOnlyList<RollUp> RollUp()
    {
        var schema = Schema;
        var series = schema.Series.Select(name => _series[name]).ToList();
        var windows = Enumerable.Range(0, RollUpLevel.FiveMinutes.WindowsAnHour())
            .Select(window => series.Select(of => of[window]).ToArray()).ToList();
        var whole = series.Select(of => of.Aggregate((sum, next) => sum.With(next))).ToArray();
        return
        [
            new(agentId, RollUpLevel.FiveMinutes, hour, schema.Id, RollUps.RollUp.Pack(windows)),
            new(agentId, RollUpLevel.OneHour, hour, schema.Id, RollUps.RollUp.Pack([whole])),
        ];
    }
}
