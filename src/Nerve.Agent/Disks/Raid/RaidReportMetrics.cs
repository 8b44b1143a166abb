using Nerve.Agent.Metrics;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Disks.Raid;

/// <summary>How whole the arrays of RAID controllers are, and whether their caches outlive a loss of power, as last read.</summary>
internal sealed class RaidReportMetrics(Func<RaidReport> report) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        var (controllers, raids, temperatures) = report();
        foreach (var raid in raids)
        {
            sample.Add(SeriesName.Of("raid.active", "raid", raid.Name), raid.State == "inactive" ? 0 : 1);
            sample.Add(SeriesName.Of("raid.missing_disks", "raid", raid.Name), raid.Disks - raid.ActiveDisks);
            sample.Add(SeriesName.Of("raid.failed_disks", "raid", raid.Name), raid.Members.Count(member => member.State == "faulty"));
        }

        for (var i = 0; i < controllers.Count; i++)
        {
            Read(sample, controllers[i], temperatures[i]);
        }
    }

    private static void Read(SampleBuilder sample, StorageControllerInfo controller, double? temperature)
    {
        Add("storage.controller_healthy", IsWell(controller.State));
        Add("storage.battery_healthy", IsWell(controller.BatteryState));
        Add("storage.controller_temperature_celsius", temperature);

        void Add(string metric, double? value)
        {
            if (value is not null)
            {
                sample.Add(SeriesName.Of(metric, "controller", controller.PciAddress ?? controller.Host), value);
            }
        }
    }

    // "Optimal" of storcli, "OK" of ssacli.
    private static double? IsWell(string? state) => state is null ? null : state is "Optimal" or "OK" ? 1 : 0;
}
