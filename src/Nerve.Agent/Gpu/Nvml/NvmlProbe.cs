using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Gpu.Nvml;

/// <summary>Answers for all NVIDIA GPUs. The library stays initialised as long as the process lives, which keeps the driver awake.</summary>
internal sealed class NvmlProbe : IProbe
{
    private readonly HostRoot _root;
    private readonly NvmlSession _session = new();
    private readonly ProbeSampler _sampler;
    private IReadOnlyList<string> _order = [];

    public NvmlProbe(HostRoot root, TimeProvider time)
    {
        _root = root;
        _sampler = new ProbeSampler(new NvmlMetrics(_session, address => GpuOrder.IndexOf(_order, address)), time);
    }

    public ProbeReply Answer(ProbeRequest request)
    {
        if (request.Ask == ProbeAsk.Inventory || _session.Devices.Count == 0)
        {
            Refresh();
        }

        return request.Ask == ProbeAsk.Sample ? _sampler.Answer(request) : Inventory();
    }

    private void Refresh()
    {
        _session.Refresh();
        _order = GpuOrder.Of(GpuDevices.Find(_root).Select(device => device.Address), _session.Devices.Select(device => device.Address));
    }

    private ProbeReply Inventory()
    {
        var gpus = _session.Devices.Select(gpu => NvmlFacts.Describe(_session, gpu, _root)).ToList();
        var problems = gpus.Where(gpu => gpu.Lost).Select(gpu => new CollectionProblem(
            $"gpu {gpu.PciAddress}",
            "The GPU is lost: it has fallen off the bus or waits for a reset. Drain the machine and reboot it; if it comes back, check its seat, power and cooling.")).ToList();
        if (_session.Unreachable > 0)
        {
            problems.Add(new CollectionProblem("NVML", $"{_session.Unreachable} GPU(s) that the driver counts do not answer. Look for Xid messages in the kernel log."));
        }

        if (_session.Problem is { } problem)
        {
            problems.Add(problem);
        }

        return new ProbeReply { Gpus = gpus, Problems = problems };
    }
}
