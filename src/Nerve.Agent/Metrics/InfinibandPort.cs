using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>A port of an InfiniBand or RoCE adapter and its counters.</summary>
internal sealed class InfinibandPort
{
    // A standard counter counts words of four bytes (IBA volume 1, PortCountersExtended).
    private const double WordSize = 4;

    private readonly string _state;
    private readonly string _upName;
    private readonly PortCounter[] _counters;

    public InfinibandPort(string device, string port)
    {
        var directory = $"/sys/class/infiniband/{device}/ports/{port}";
        _state = $"{directory}/state";
        _upName = SeriesName.Of("infiniband.link_up", "device", device, "port", port);
        _counters = [.. Traffic(directory, device, port), .. InfinibandCounters.Errors.Select(error => new PortCounter(
            SeriesName.Of("infiniband.errors_per_second", "device", device, "port", port, "kind", error.Name), $"{directory}/{error.Directory}/{error.Name}", 1))];
    }

    public void Read(SampleBuilder sample, KernelFile files)
    {
        // "4: ACTIVE"
        var state = files.Line(_state);
        sample.Add(_upName, state.IsEmpty ? null : state.StartsWith("4:"u8) ? 1 : 0);
        foreach (var counter in _counters)
        {
            var count = files.Count(counter.Path);
            var rate = sample.Rate(ref counter.Counter, count) * counter.Scale;
            // Which counters there are depends on the adapter, its driver and its firmware.
            counter.IsThere |= count is not null;
            if (counter.IsThere)
            {
                sample.Add(counter.Name, rate);
            }
        }
    }

    private static IEnumerable<PortCounter> Traffic(string directory, string device, string port)
    {
        string Name(string metric) => SeriesName.Of(metric, "device", device, "port", port);
        yield return new(Name("infiniband.receive_bytes_per_second"), $"{directory}/counters/port_rcv_data", WordSize);
        yield return new(Name("infiniband.transmit_bytes_per_second"), $"{directory}/counters/port_xmit_data", WordSize);
        yield return new(Name("infiniband.receive_packets_per_second"), $"{directory}/counters/port_rcv_packets", 1);
        yield return new(Name("infiniband.transmit_packets_per_second"), $"{directory}/counters/port_xmit_packets", 1);
        yield return new(Name("infiniband.transmit_wait_per_second"), $"{directory}/counters/port_xmit_wait", 1);
    }

    private sealed class PortCounter(string name, string path, double scale)
    {
        public Counter Counter;

        public bool IsThere { get; set; }

        public string Name { get; } = name;

        public string Path { get; } = path;

        public double Scale { get; } = scale;
    }
}
