using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>State, traffic and errors of the InfiniBand and RoCE ports.</summary>
internal sealed class InfinibandMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private const string Directory = "/sys/class/infiniband";

    private IReadOnlyList<string>? _devices;
    private InfinibandPort[] _ports = [];

    public void Read(SampleBuilder sample)
    {
        var devices = root.List(Directory);
        if (_devices is null || !devices.SequenceEqual(_devices, StringComparer.Ordinal))
        {
            (_ports, _devices) = ([.. from device in devices
                                      from port in root.List($"{Directory}/{device}/ports")
                                      where Number.Int(port) is not null
                                      select new InfinibandPort(root, device, port)], devices);
        }

        foreach (var port in _ports)
        {
            port.Read(sample, files);
        }
    }
}
