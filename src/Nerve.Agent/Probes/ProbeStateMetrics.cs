using Nerve.Agent.Metrics;

namespace Nerve.Agent.Probes;

/// <summary>Which probes hang: one of them means that a driver, a disk or a server does not answer.</summary>
internal sealed class ProbeStateMetrics(ProbeSet probes) : IMetricSource
{
    private readonly Series[] _series = [.. probes.All.Select(probe => new Series(probe))];

    public void Read(SampleBuilder sample)
    {
        foreach (var series in _series)
        {
            if (series.Probe.IsWanted)
            {
                sample.Add(series.Hung, series.Probe.IsHung ? 1 : 0);
                sample.Add(series.Hangs, series.Probe.Hangs);
            }
        }
    }

    private sealed class Series(Probe probe)
    {
        public Probe Probe { get; } = probe;

        public string Hung { get; } = SeriesName.Of("agent.probe_hung", "probe", probe.Name);

        public string Hangs { get; } = SeriesName.Of("agent.probe_hangs_total", "probe", probe.Name);
    }
}
