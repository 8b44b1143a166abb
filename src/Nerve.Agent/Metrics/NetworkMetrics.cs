using System.Text;
using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>What went through the network interfaces, from <c>/proc/net/dev</c>; all but the loopback.</summary>
internal sealed class NetworkMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private readonly string _path = $"{NetworkFiles.Directory(root)}/dev";
    private readonly DeviceTable<Interface> _interfaces = new(name => new Interface(name));

    public void Read(SampleBuilder sample)
    {
        _interfaces.Begin();
        var text = files.Read(_path);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            var colon = line.LastIndexOf((byte)':');
            if (colon > 0 && Encoding.UTF8.GetString(line[..colon].Trim((byte)' ')) is not "lo" and var name)
            {
                Add(sample, _interfaces.Get(name), new Fields(line[(colon + 1)..]));
            }
        }
    }

    // Received: bytes packets errors drops fifo frame compressed multicast; then sent: bytes packets errors drops …
    private static void Add(SampleBuilder sample, Interface card, Fields fields)
    {
        var received = fields.Count();
        fields.Skip(1);
        var errors = fields.Count();
        var drops = fields.Count();
        fields.Skip(4);
        var sent = fields.Count();
        fields.Skip(1);
        errors += fields.Count();
        drops += fields.Count();
        sample.Add(card.Receive, sample.Rate(ref card.Received, received));
        sample.Add(card.Transmit, sample.Rate(ref card.Sent, sent));
        sample.Add(card.ErrorsPerSecond, sample.Rate(ref card.Errors, errors));
        sample.Add(card.DropsPerSecond, sample.Rate(ref card.Drops, drops));
    }

    private sealed class Interface(string name)
    {
        public Counter Received;
        public Counter Sent;
        public Counter Errors;
        public Counter Drops;

        public string Receive { get; } = SeriesName.Of("network.receive_bytes_per_second", "interface", name);

        public string Transmit { get; } = SeriesName.Of("network.transmit_bytes_per_second", "interface", name);

        public string ErrorsPerSecond { get; } = SeriesName.Of("network.errors_per_second", "interface", name);

        public string DropsPerSecond { get; } = SeriesName.Of("network.drops_per_second", "interface", name);
    }
}
