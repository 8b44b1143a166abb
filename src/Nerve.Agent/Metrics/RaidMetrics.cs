using System.Text;
using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Metrics;

/// <summary>How whole the software RAID arrays are, from <c>/proc/mdstat</c>.</summary>
internal sealed class RaidMetrics(KernelFile files) : IMetricSource
{
    private byte[] _text = [];
    private IReadOnlyList<Array> _arrays = [];

    public void Read(SampleBuilder sample)
    {
        var text = files.Read("/proc/mdstat");
        // It changes when something happens, and while an array is made whole.
        if (!text.SequenceEqual(_text))
        {
            _text = text.ToArray();
            var decoded = Encoding.UTF8.GetString(_text);
            _arrays = [.. RaidFacts.Parse(decoded).Select(raid => new Array(raid, Progress(decoded, raid.Name)))];
        }

        foreach (var array in _arrays)
        {
            sample.Add(array.Active, array.Raid.State == "inactive" ? 0 : 1);
            sample.Add(array.Missing, array.Raid.Disks - array.Raid.ActiveDisks);
            sample.Add(array.Failed, array.Raid.Members.Count(member => member.State == "faulty"));
            if (array.Percent is not null)
            {
                sample.Add(array.Synchronized, array.Percent);
            }
        }
    }

    // "      [==================>..]  check = 94.3% (10620027200/11251451904) finish=101.6min speed=103517K/sec"
    private static double? Progress(string text, string name)
    {
        var inside = false;
        foreach (var line in text.Split('\n'))
        {
            inside = line.StartsWith(name + " ", StringComparison.Ordinal) || (inside && line.Length > 0 && char.IsWhiteSpace(line[0]));
            if (inside && line.IndexOf('%', StringComparison.Ordinal) is > 0 and var percent && line.LastIndexOf(' ', percent) is >= 0 and var start)
            {
                return Number.Double(line[(start + 1)..percent]);
            }
        }

        return null;
    }

    private sealed class Array(RaidInfo raid, double? percent)
    {
        public RaidInfo Raid { get; } = raid;

        public double? Percent { get; } = percent;

        public string Active { get; } = SeriesName.Of("raid.active", "raid", raid.Name);

        public string Missing { get; } = SeriesName.Of("raid.missing_disks", "raid", raid.Name);

        public string Failed { get; } = SeriesName.Of("raid.failed_disks", "raid", raid.Name);

        public string Synchronized { get; } = SeriesName.Of("raid.synchronized_percent", "raid", raid.Name);
    }
}
