using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>What went to and from the disks, from <c>/proc/diskstats</c>.</summary>
internal sealed class DiskMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    // The kernel counts in these whatever the disk's own sectors are.
    private const int SectorSize = 512;
    private const double MillisecondsPerPercent = 10;
    private const double MillisecondsPerSecond = 1000;

    // The kernel prints times in 32 bits (Documentation/admin-guide/iostats.rst); a busy disk passes that in weeks.
    private const ulong MillisecondRange = 1UL << 32;

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
            var name = fields.Next();
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
        var readMilliseconds = fields.Count();
        var writes = fields.Count();
        fields.Skip(1);
        var sectorsWritten = fields.Count();
        var writeMilliseconds = fields.Count();
        fields.Skip(1);
        var busy = fields.Count();
        var waiting = fields.Count();
        var readRate = sample.Rate(ref disk.ReadCount, reads);
        var writeRate = sample.Rate(ref disk.WriteCount, writes);
        sample.Add(disk.ReadBytes, sample.Rate(ref disk.SectorsRead, sectorsRead) * SectorSize);
        sample.Add(disk.WriteBytes, sample.Rate(ref disk.SectorsWritten, sectorsWritten) * SectorSize);
        sample.Add(disk.Reads, readRate);
        sample.Add(disk.Writes, writeRate);
        sample.Add(disk.ReadLatency, Latency(sample.Rate(ref disk.ReadMilliseconds, readMilliseconds, MillisecondRange), readRate));
        sample.Add(disk.WriteLatency, Latency(sample.Rate(ref disk.WriteMilliseconds, writeMilliseconds, MillisecondRange), writeRate));
        sample.Add(disk.Busy, sample.Rate(ref disk.BusyMilliseconds, busy, MillisecondRange) is { } rate ? Math.Min(rate / MillisecondsPerPercent, 100) : null);
        sample.Add(disk.Queue, sample.Rate(ref disk.WaitingMilliseconds, waiting, MillisecondRange) / MillisecondsPerSecond);
    }

    // Of the requests that ended since the sample before, from when they were made; unknown when there was none.
    private static double? Latency(double? milliseconds, double? requests) => requests > 0 ? milliseconds / requests : null;

    private sealed class Disk(string name, bool isDisk)
    {
        public Counter SectorsRead;
        public Counter SectorsWritten;
        public Counter ReadCount;
        public Counter WriteCount;
        public Counter ReadMilliseconds;
        public Counter WriteMilliseconds;
        public Counter BusyMilliseconds;
        public Counter WaitingMilliseconds;

        public bool IsDisk { get; } = isDisk;

        public string ReadBytes { get; } = SeriesName.Of("disk.read_bytes_per_second", "disk", name);

        public string WriteBytes { get; } = SeriesName.Of("disk.write_bytes_per_second", "disk", name);

        public string Reads { get; } = SeriesName.Of("disk.reads_per_second", "disk", name);

        public string Writes { get; } = SeriesName.Of("disk.writes_per_second", "disk", name);

        public string ReadLatency { get; } = SeriesName.Of("disk.read_latency_milliseconds", "disk", name);

        public string WriteLatency { get; } = SeriesName.Of("disk.write_latency_milliseconds", "disk", name);

        public string Busy { get; } = SeriesName.Of("disk.busy_percent", "disk", name);

        public string Queue { get; } = SeriesName.Of("disk.queue_length", "disk", name);
    }
}
