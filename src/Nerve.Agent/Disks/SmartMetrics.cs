using Nerve.Agent.Metrics;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks;

/// <summary>The health of the disks as it was last read.</summary>
internal sealed class SmartMetrics(Func<IReadOnlyDictionary<string, SmartInfo>> disks) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        foreach (var (name, health) in disks())
        {
            if (health.Available)
            {
                Read(sample, name, health);
            }
        }
    }

    private static void Read(SampleBuilder sample, string disk, SmartInfo health)
    {
        Add("disk.health_passed", health.Passed is { } passed ? passed ? 1 : 0 : null);
        Add("disk.temperature_celsius", health.TemperatureCelsius);
        Add("disk.wear_percent", health.PercentageUsed);
        Add("disk.available_spare_percent", health.AvailableSparePercent);
        Add("disk.reallocated_sectors", health.ReallocatedSectors);
        Add("disk.pending_sectors", health.PendingSectors);
        Add("disk.uncorrectable_sectors", health.UncorrectableSectors);
        Add("disk.media_errors_total", health.MediaErrors);
        Add("disk.interface_errors_total", health.InterfaceErrors);
        Add("disk.critical_warning", health.CriticalWarning);

        // What this kind of disk does not have is no series.
        void Add(string metric, double? value)
        {
            if (value is not null)
            {
                sample.Add(SeriesName.Of(metric, "disk", disk), value);
            }
        }
    }
}
