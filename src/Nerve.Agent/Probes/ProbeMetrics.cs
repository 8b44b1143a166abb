using Nerve.Agent.Metrics;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Probes;

/// <summary>Adds what a probe measures. When it does not answer in time, its series stay and have no value.</summary>
internal sealed class ProbeMetrics(Probe probe) : IMetricSource
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(1.5);

    private MetricSchema? _schema;

    public void Read(SampleBuilder sample)
    {
        if (!probe.IsWanted)
        {
            return;
        }

        var reply = probe.Ask(new ProbeRequest(ProbeAsk.Sample, _schema?.Id), s_wait);
        _schema = reply?.Schema ?? _schema;
        var series = _schema?.Series ?? [];
        for (var i = 0; i < series.Count; i++)
        {
            sample.Add(series[i], reply is not null && i < reply.Values.Count ? reply.Values[i] : null);
        }
    }
}
