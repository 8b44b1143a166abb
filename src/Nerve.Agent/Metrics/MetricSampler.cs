using Nerve.Agent.Linux;
using Nerve.Protocol.Inventories;

namespace Nerve.Agent.Metrics;

/// <summary>Reads the machine's metrics, one moment at a time. Rates are between a sample and the one before it, so the
/// first has none. To be used by one thread at a time; keep one sampler for as long as rates should go on.</summary>
internal sealed class MetricSampler
{
    private readonly TimeProvider _time;
    private readonly SampleBuilder _builder;
    private readonly IMetricSource[] _sources;

    public MetricSampler(HostRoot root, TimeProvider time)
        : this(root, time, new SpaceProbe())
    {
    }

    internal MetricSampler(HostRoot root, TimeProvider time, SpaceProbe space)
    {
        _time = time;
        _builder = new SampleBuilder(time);
        var files = new KernelFile(root);
        // A further source is one more file and one more line.
        _sources =
        [
            new CpuMetrics(files),
            new LoadMetrics(files),
            new MemoryMetrics(files),
            new PressureMetrics(files),
            new FilesystemMetrics(root, files, space),
            new DiskMetrics(root, files),
            new NetworkMetrics(root, files),
            new SystemMetrics(root, files),
        ];
    }

    /// <summary>What went wrong in the last sample; normally nothing.</summary>
    public IReadOnlyList<CollectionProblem> Problems { get; private set; } = [];

    public Sample Sample()
    {
        Problems = [];
        _builder.Begin();
        foreach (var source in _sources)
        {
            Read(source);
        }

        return _builder.End(_time.GetUtcNow());
    }

    private void Read(IMetricSource source)
    {
        try
        {
            source.Read(_builder);
        }
#pragma warning disable CA1031 // Whatever a strange machine does to one source, the other metrics are still wanted.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Problems = [.. Problems, new CollectionProblem(source.GetType().Name, $"Could not be read: {e.Message}")];
        }
    }
}
