using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Metrics;

/// <summary>Gathers the series of one sample after another.</summary>
internal sealed class SampleBuilder(TimeProvider time, Func<IReadOnlyList<string>, MetricSchema> schemaOf)
{
    /// <summary>How many series there was no room for; there only when there are some.</summary>
    public const string LeftOutSeries = "agent.series_left_out";

    private const int Decimals = 3;

    private readonly List<string> _names = [];
    private readonly List<double?> _values = [];
    private MetricSchema? _schema;

    public SampleBuilder(TimeProvider time)
        : this(time, MetricSchema.Of)
    {
    }

    /// <summary>Of the sample: beyond the protocol's limits.</summary>
    public int LeftOut { get; private set; }

    public void Begin()
    {
        _names.Clear();
        _values.Clear();
        LeftOut = 0;
    }

    /// <summary>Adds a series. Beyond the protocol's limits it is left out and counted: one host must not flood the fleet.</summary>
    public void Add(string name, double? value)
    {
        if (name == LeftOutSeries)
        {
            // A probe's, which has a builder of its own.
            LeftOut += (int)(value ?? 0);
        }
        else if (_names.Count < MetricSchema.MaxSeries && name.Length <= MetricSchema.MaxNameLength)
        {
            Put(name, value);
        }
        else
        {
            LeftOut++;
        }
    }

    /// <summary>What a counter grew by each second since the sample before; null when that cannot be told.</summary>
    /// <param name="range">As for <see cref="Counter.PerSecond"/>.</param>
    public double? Rate(ref Counter counter, ulong? value, ulong? range = null) => counter.PerSecond(value, time.GetTimestamp(), time, range);

    public Sample End(DateTimeOffset at)
    {
        TellLeftOut();
        if (_schema is null || !_names.SequenceEqual(_schema.Series, StringComparer.Ordinal))
        {
            _schema = schemaOf([.. _names]);
        }

        return new Sample(at, _schema, [.. _values]);
    }

    private void TellLeftOut()
    {
        if (LeftOut == 0)
        {
            return;
        }

        if (_names.Count == MetricSchema.MaxSeries)
        {
            _names.RemoveAt(_names.Count - 1);
            _values.RemoveAt(_values.Count - 1);
            LeftOut++;
        }

        Put(LeftOutSeries, LeftOut);
    }

    private void Put(string name, double? value)
    {
        _names.Add(name);
        _values.Add(value is { } number && double.IsFinite(number) ? Math.Round(number, Decimals) : null);
    }
}
