using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Temperatures, fans and power of the hwmon chips.</summary>
internal sealed class SensorMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private readonly Listing _chips = new(root, Sensors.Directory);
    private Sensor[] _sensors = [];

    public void Read(SampleBuilder sample)
    {
        // Chips come and go with disks and cards.
        if (_chips.HasChanged())
        {
            _sensors = Sensors.Find(root);
        }

        foreach (var sensor in _sensors)
        {
            sample.Add(sensor.Name, sensor.Read(files));
        }
    }
}
