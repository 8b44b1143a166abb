using System.Text;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Metrics;

/// <summary>How full the filesystems are. Only the running kernel can say, so another tree has none.</summary>
internal sealed class FilesystemMetrics(HostRoot root, KernelFile files, FilesystemSpaces space) : IMetricSource
{
    private readonly string? _source = root.IsLive ? MountTable.Source(root) : null;
    private byte[] _table = [];
    private IReadOnlyList<Series> _series = [];
    private IReadOnlyList<Mount> _mounts = [];

    public void Read(SampleBuilder sample)
    {
        if (_source is null)
        {
            return;
        }

        Refresh(files.Read(_source));
        var spaces = space.Measure(_mounts);
        foreach (var series in _series)
        {
            var answer = spaces.GetValueOrDefault(series.MountPoint);
            sample.Add(series.UsedPercent, answer?.UsedPercent);
            sample.Add(series.UsedBytes, answer?.UsedBytes);
            sample.Add(series.InodesUsedPercent, answer?.InodesUsedPercent);
        }
    }

    // A host with many containers has thousands of mounts and changes them rarely.
    private void Refresh(ReadOnlySpan<byte> table)
    {
        if (table.SequenceEqual(_table))
        {
            return;
        }

        _table = table.ToArray();
        // Series of volumes that come and go with pods would be new ones each time.
        _mounts = MountTable.WithoutFiles(root, [.. MountTable.Parse(_source!, Encoding.UTF8.GetString(_table)).Where(mount => !mount.IsPassing)]);
        _series = [.. _mounts.Select(mount => new Series(mount.MountPoint))];
    }

    private sealed class Series(string mountPoint)
    {
        public string MountPoint { get; } = mountPoint;

        public string UsedPercent { get; } = SeriesName.Of("filesystem.used_percent", "mount", mountPoint);

        public string UsedBytes { get; } = SeriesName.Of("filesystem.used_bytes", "mount", mountPoint);

        public string InodesUsedPercent { get; } = SeriesName.Of("filesystem.inodes_used_percent", "mount", mountPoint);
    }
}
