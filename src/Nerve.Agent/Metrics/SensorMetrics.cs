using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Temperatures, fans and power of the hwmon chips.</summary>
internal sealed class SensorMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private IReadOnlyList<string>? _chips;
    private Sensor[] _sensors = [];

    public void Read(SampleBuilder sample)
    {
        // Chips come and go with disks and cards.
        var chips = root.List(Sensors.Directory);
        if (_chips is null || !chips.SequenceEqual(_chips, StringComparer.Ordinal))
        {
            (_sensors, _chips) = (Sensors.Find(root), chips);
        }

        foreach (var sensor in _sensors)
        {
            sample.Add(sensor.Name, sensor.Read(files));
        }
    }
}
