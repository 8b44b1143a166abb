using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>Pages that had to be taken from another node than was wished, from each node's <c>numastat</c>
/// (<c>Documentation/admin-guide/numastat.rst</c>). A machine with one node has none.</summary>
internal sealed class NumaMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private const string Directory = "/sys/devices/system/node";

    private readonly Listing _directory = new(root, Directory);
    private Node[] _nodes = [];

    public void Read(SampleBuilder sample)
    {
        if (_directory.HasChanged())
        {
            _nodes = Nodes();
        }

        foreach (var node in _nodes)
        {
            var text = files.Read(node.Path);
            var missed = Line.Count(text, "numa_miss"u8);
            var foreign = Line.Count(text, "numa_foreign"u8);
            sample.Add(node.Misses, sample.Rate(ref node.Missed, missed));
            sample.Add(node.Foreign, sample.Rate(ref node.Taken, foreign));
        }
    }

    private Node[] Nodes()
    {
        Node[] nodes = [.. root.List(Directory).Where(name => name.StartsWith("node", StringComparison.Ordinal) && Number.Int(name[4..]) is not null).Select(name => new Node(name[4..]))];
        return nodes.Length > 1 ? nodes : [];
    }

    private sealed class Node(string id)
    {
        public Counter Missed;
        public Counter Taken;

        public string Path { get; } = $"{Directory}/node{id}/numastat";

        public string Misses { get; } = SeriesName.Of("numa.misses_per_second", "node", id);

        public string Foreign { get; } = SeriesName.Of("numa.foreign_per_second", "node", id);
    }
}
