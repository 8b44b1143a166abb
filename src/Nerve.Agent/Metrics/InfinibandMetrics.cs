using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>State, traffic and errors of the InfiniBand and RoCE ports.</summary>
internal sealed class InfinibandMetrics(HostRoot root, KernelFile files) : IMetricSource
{
    private const string Directory = "/sys/class/infiniband";

    private readonly Listing _devices = new(root, Directory);
    private InfinibandPort[] _ports = [];

    public void Read(SampleBuilder sample)
    {
        if (_devices.HasChanged())
        {
            _ports = [.. from device in root.List(Directory)
                         from port in root.List($"{Directory}/{device}/ports")
                         where Number.Int(port) is not null
                         select new InfinibandPort(device, port)];
        }

        foreach (var port in _ports)
        {
            port.Read(sample, files);
        }
    }
}
