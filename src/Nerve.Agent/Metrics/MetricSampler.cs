using System.Globalization;
using Nerve.Agent.Gpu;
using Nerve.Agent.Gpu.Drm;
using Nerve.Agent.Linux;
using Nerve.Agent.Probes;
using Nerve.Protocol.Inventories;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Metrics;

/// <summary>Reads the machine's metrics, one moment at a time. Rates are between a sample and the one before it, so the
/// first has none. To be used by one thread at a time; keep one sampler for as long as rates should go on.</summary>
internal sealed class MetricSampler(HostRoot root, TimeProvider time, ProbeSet? probes = null)
{
    // Sources wait for probes, seconds each.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly PatientRunner _runner = new(root, s_limit);
    private readonly FilesystemSpaces _space = new(probes?.Space);
    private (FileWatch Watch, Sources Sources)? _sources;

    /// <summary>What went wrong in the last sample; normally nothing.</summary>
    public IReadOnlyList<CollectionProblem> Problems { get; private set; } = [];

    /// <exception cref="TimeoutException">One file after another hangs, or what hangs is none.</exception>
    public Sample Sample()
    {
        // When a file hangs, its thread keeps the sources it was reading, so new ones take the sample without that file, and rates begin anew.
        var (sample, problems) = _runner.Run(ref _sources, files => new Sources(files, time, _space, probes), sources => sources.Sample());
        Problems = [.. _runner.Stuck.Select(file => new CollectionProblem(file, "The file hangs: its driver does not answer.")), .. problems];
        return sample;
    }

    private sealed record Taken(Sample Sample, IReadOnlyList<CollectionProblem> Problems);

    private sealed class Sources
    {
        private readonly TimeProvider _time;
        private readonly SampleBuilder _builder;
        private readonly IMetricSource[] _sources;

        public Sources(HostRoot root, TimeProvider time, FilesystemSpaces space, ProbeSet? probes)
        {
            _time = time;
            _builder = new SampleBuilder(time);
            var files = new KernelFile(root);
            // A further source is one more file and one more line. What a machine has few of comes first: where there are more series than a sample
            // may have, those of disks, interfaces and ports are left out, of which there can be any number.
            _sources =
            [
                new CpuMetrics(files),
                new LoadMetrics(files),
                new MemoryMetrics(files),
                new PressureMetrics(files),
                new SystemMetrics(root, files),
                new ClockMetrics(root),
                new TcpMetrics(root, files),
                new EdacMetrics(root, files),
                new RaidMetrics(files),
                new XidMetrics(root),
                .. Devices(root, probes),
                new NumaMetrics(root, files),
                new PowerMetrics(root, files),
                new SensorMetrics(root, files),
                new FilesystemMetrics(root, files, space),
                new InfinibandMetrics(root, files),
                new DiskMetrics(root, files),
                new NetworkMetrics(root, files),
            ];
        }

        public Taken Sample()
        {
            _builder.Begin();
            List<CollectionProblem> problems = [];
            foreach (var source in _sources)
            {
                Read(source, problems);
            }

            var sample = _builder.End(_time.GetUtcNow());
            if (_builder.LeftOut > 0)
            {
                problems.Add(new CollectionProblem(
                    "metrics", string.Create(CultureInfo.InvariantCulture, $"{_builder.LeftOut} series are left out: a sample has at most {MetricSchema.MaxSeries}, with names of at most {MetricSchema.MaxNameLength} characters.")));
            }

            return new Taken(sample, problems);
        }

        // What may never answer is asked by the probes; files of another machine are only files.
        private static IEnumerable<IMetricSource> Devices(HostRoot root, ProbeSet? probes) => probes is null
            ? [new DrmMetrics(root, () => DrmProbe.Known(root))]
            : [new ProbeStateMetrics(probes), new ProbeMetrics(probes.Nvml), new ProbeMetrics(probes.Drm), new ProbeMetrics(probes.Smart)];

        private void Read(IMetricSource source, List<CollectionProblem> problems)
        {
            try
            {
                source.Read(_builder);
            }
#pragma warning disable CA1031 // Whatever a strange machine does to one source, the other metrics are still wanted.
            catch (Exception e)
#pragma warning restore CA1031
            {
                problems.Add(new CollectionProblem(source.GetType().Name, $"Could not be read: {e.Message}"));
            }
        }
    }
}
