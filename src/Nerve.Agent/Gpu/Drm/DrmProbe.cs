using Nerve.Agent.Linux;
using Nerve.Agent.Probes;

namespace Nerve.Agent.Gpu.Drm;

/// <summary>Answers for all AMD and Intel GPUs.</summary>
internal sealed class DrmProbe : IProbe
{
    private readonly HostRoot _root;
    private readonly ProbeSampler _sampler;
    private readonly AmdNames _names;
    private IReadOnlyList<IndexedGpu> _gpus = [];

    public DrmProbe(HostRoot root, TimeProvider time)
    {
        _root = root;
        _names = new AmdNames(time, RocmSmi.Ask);
        _sampler = new ProbeSampler(new DrmMetrics(root, () => _gpus), time);
    }

    public ProbeReply Answer(ProbeRequest request)
    {
        if (request.Ask == ProbeAsk.Inventory || _gpus.Count == 0)
        {
            _gpus = Known(_root);
        }

        return request.Ask == ProbeAsk.Sample
            ? _sampler.Answer(request)
            : new ProbeReply { Gpus = DrmProcesses.Add(_root, _names.Complete([.. _gpus.Select(gpu => DrmFacts.Describe(_root, gpu.Device))])) };
    }

    /// <summary>Those whose driver's files say more than their place on the bus, with their number among all.</summary>
    public static IReadOnlyList<IndexedGpu> Known(HostRoot root)
    {
        var devices = GpuDevices.Find(root);
        var order = GpuOrder.Of(devices.Select(device => device.Address), []);
        return [.. devices.Where(DrmFacts.Knows).Select(device => new IndexedGpu(GpuOrder.IndexOf(order, device.Address), device))];
    }
}

/// <param name="Index">Its number among all GPUs of the machine.</param>
internal sealed record IndexedGpu(int Index, GpuDevice Device);
