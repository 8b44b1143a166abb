using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>What went to and from the disks, from <c>/proc/diskstats</c>.</summary>
internal sealed class DiskMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    // The kernel counts in these whatever the disk's own sectors are.
    private const int SectorSize = 512;
    private const double MillisecondsPerPercent = 10;

    private readonly DeviceTable<Disk> _disks = new(name => new Disk(name, BlockDevices.IsDisk(root, name)));

    public void Read(SampleBuilder sample)
    {
        _disks.Begin();
        var text = files.Read("/proc/diskstats");
        foreach (var range in text.Split((byte)'\n'))
        {
            // major minor name reads merged sectors ms writes merged sectors ms in-flight busy-ms …
            var fields = new Fields(text[range]);
            fields.Skip(2);
            var name = fields.Text();
            if (name.Length > 0 && _disks.Get(name) is { IsDisk: true } disk)
            {
                Add(sample, disk, fields);
            }
        }
    }

    private static void Add(SampleBuilder sample, Disk disk, Fields fields)
    {
        var reads = fields.Count();
        fields.Skip(1);
        var sectorsRead = fields.Count();
        fields.Skip(1);
        var writes = fields.Count();
        fields.Skip(1);
        var sectorsWritten = fields.Count();
        fields.Skip(2);
        var busy = fields.Count();
        sample.Add(disk.ReadBytes, sample.Rate(ref disk.SectorsRead, sectorsRead) * SectorSize);
        sample.Add(disk.WriteBytes, sample.Rate(ref disk.SectorsWritten, sectorsWritten) * SectorSize);
        sample.Add(disk.Reads, sample.Rate(ref disk.ReadCount, reads));
        sample.Add(disk.Writes, sample.Rate(ref disk.WriteCount, writes));
        sample.Add(disk.Busy, sample.Rate(ref disk.BusyMilliseconds, busy) is { } rate ? Math.Min(rate / MillisecondsPerPercent, 100) : null);
    }

    private sealed class Disk(string name, bool isDisk)
    {
        public Counter SectorsRead;
        public Counter SectorsWritten;
        public Counter ReadCount;
        public Counter WriteCount;
        public Counter BusyMilliseconds;

        public bool IsDisk { get; } = isDisk;

        public string ReadBytes { get; } = SeriesName.Of("disk.read_bytes_per_second", "disk", name);

        public string WriteBytes { get; } = SeriesName.Of("disk.write_bytes_per_second", "disk", name);

        public string Reads { get; } = SeriesName.Of("disk.reads_per_second", "disk", name);

        public string Writes { get; } = SeriesName.Of("disk.writes_per_second", "disk", name);

        public string Busy { get; } = SeriesName.Of("disk.busy_percent", "disk", name);
    }
}
