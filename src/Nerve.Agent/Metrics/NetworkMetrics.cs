using Nerve.Agent.Inventories;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Metrics;

/// <summary>What went through the network interfaces, from <c>/proc/net/dev</c>; all but the loopback and those that containers bring and take away.</summary>
internal sealed class NetworkMetrics : IMetricSource
{
    private readonly HostRoot _root;
    private readonly KernelFile _files;
    private readonly string _path;
    // Has a buffer of its own, for it is used while the counters are still read.
    private readonly KernelFile _links;
    private readonly DeviceTable<Interface> _interfaces;

    public NetworkMetrics(HostRoot root, KernelFile files)
    {
        (_root, _files) = (root, files);
        _path = $"{NetworkFiles.Directory(root)}/dev";
        _links = new KernelFile(root, bufferSize: 64);
        _interfaces = new DeviceTable<Interface>(name => new Interface(name, root, IsPassing(name)));
    }

    public void Read(SampleBuilder sample)
    {
        _interfaces.Begin();
        var text = _files.Read(_path);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            var colon = line.LastIndexOf((byte)':');
            var name = colon > 0 ? line[..colon].Trim((byte)' ') : [];
            if (name.Length > 0 && !name.SequenceEqual("lo"u8) && _interfaces.Get(name) is { IsPassing: false } card)
            {
                Add(sample, card, new Fields(line[(colon + 1)..]));
            }
        }
    }

    // The host's half of a container's pair has a name that never comes again, so its series would be new ones with each container. The inventory
    // tells them by the same rule. In a container such an interface is the way out.
    private bool IsPassing(string name)
    {
        var directory = $"/sys/class/net/{name}";
        if (_root.IsLive && !_root.IsDirectory(directory))
        {
            // Gone since the counters were read.
            return true;
        }

        var machine = new Machine(_root, new FilesystemSpaces(null));
        return InterfaceType.Of(machine, name, directory) == "veth" && ContainerFacts.Collect(machine) is null;
    }

    // Received: bytes packets errors drops fifo frame compressed multicast; then sent: bytes packets errors drops …
    private void Add(SampleBuilder sample, Interface card, Fields fields)
    {
        var received = fields.Count();
        var packetsReceived = fields.Count();
        var errors = fields.Count();
        var drops = fields.Count();
        fields.Skip(4);
        var sent = fields.Count();
        var packetsSent = fields.Count();
        errors += fields.Count();
        drops += fields.Count();
        sample.Add(card.Receive, sample.Rate(ref card.Received, received));
        sample.Add(card.Transmit, sample.Rate(ref card.Sent, sent));
        sample.Add(card.ReceivePackets, sample.Rate(ref card.PacketsReceived, packetsReceived));
        sample.Add(card.TransmitPackets, sample.Rate(ref card.PacketsSent, packetsSent));
        sample.Add(card.ErrorsPerSecond, sample.Rate(ref card.Errors, errors));
        sample.Add(card.DropsPerSecond, sample.Rate(ref card.Drops, drops));
        if (card.State is { } path)
        {
            var state = _links.Line(path);
            sample.Add(card.Up, state.IsEmpty ? null : state.SequenceEqual("up"u8) ? 1 : 0);
        }
    }

    private sealed class Interface(string name, HostRoot root, bool isPassing)
    {
        public Counter Received;
        public Counter Sent;
        public Counter PacketsReceived;
        public Counter PacketsSent;
        public Counter Errors;
        public Counter Drops;

        public bool IsPassing { get; } = isPassing;

        /// <summary>Where the link's state stands; null for those without a link of their own, like half of a pair.</summary>
        public string? State { get; } = root.Exists($"/sys/class/net/{name}/device") || root.Exists($"/sys/class/net/{name}/bonding") ? $"/sys/class/net/{name}/operstate" : null;

        public string Receive { get; } = SeriesName.Of("network.receive_bytes_per_second", "interface", name);

        public string Transmit { get; } = SeriesName.Of("network.transmit_bytes_per_second", "interface", name);

        public string ReceivePackets { get; } = SeriesName.Of("network.receive_packets_per_second", "interface", name);

        public string TransmitPackets { get; } = SeriesName.Of("network.transmit_packets_per_second", "interface", name);

        public string ErrorsPerSecond { get; } = SeriesName.Of("network.errors_per_second", "interface", name);

        public string DropsPerSecond { get; } = SeriesName.Of("network.drops_per_second", "interface", name);

        public string Up { get; } = SeriesName.Of("network.link_up", "interface", name);
    }
}
