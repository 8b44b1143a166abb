using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Metrics;

/// <summary>Gathers the series of one sample after another.</summary>
internal sealed class SampleBuilder(TimeProvider time, Func<IReadOnlyList<string>, MetricSchema> schemaOf)
{
    private const int Decimals = 3;

    private readonly List<string> _names = [];
    private readonly List<double?> _values = [];
    private MetricSchema? _schema;

    public SampleBuilder(TimeProvider time)
        : this(time, MetricSchema.Of)
    {
    }

    public void Begin()
    {
        _names.Clear();
        _values.Clear();
    }

    /// <summary>Adds a series. Beyond the protocol's limits it is left out: one host must not flood the fleet.</summary>
    public void Add(string name, double? value)
    {
        if (_names.Count < MetricSchema.MaxSeries && name.Length <= MetricSchema.MaxNameLength)
        {
            _names.Add(name);
            _values.Add(value is { } number && double.IsFinite(number) ? Math.Round(number, Decimals) : null);
        }
    }

    /// <summary>What a counter grew by each second since the sample before; null when that cannot be told.</summary>
    /// <param name="range">As for <see cref="Counter.PerSecond"/>.</param>
    public double? Rate(ref Counter counter, ulong? value, ulong? range = null) => counter.PerSecond(value, time.GetTimestamp(), time, range);

    public Sample End(DateTimeOffset at)
    {
        if (_schema is null || !_names.SequenceEqual(_schema.Series, StringComparer.Ordinal))
        {
            _schema = schemaOf([.. _names]);
        }

        return new Sample(at, _schema, [.. _values]);
    }
}
