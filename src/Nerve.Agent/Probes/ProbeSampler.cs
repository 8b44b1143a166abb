using Nerve.Agent.Metrics;
using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Probes;

/// <summary>The probe's side of <see cref="ProbeMetrics"/>: reads a metric source, and sends the names only when they changed.</summary>
internal sealed class ProbeSampler(IMetricSource source, TimeProvider time)
{
    private static int s_schemas;

    // Not the hash that the protocol uses, which would load a library for cryptography into each probe.
    private readonly SampleBuilder _builder = new(time, names => new MetricSchema($"{Environment.ProcessId}-{time.GetTimestamp()}-{++s_schemas}", names));

    public ProbeReply Answer(ProbeRequest request)
    {
        _builder.Begin();
        source.Read(_builder);
        var sample = _builder.End(time.GetUtcNow());
        return new ProbeReply
        {
            Schema = sample.Schema.Id == request.Schema ? null : sample.Schema,
            Values = sample.Values,
        };
    }
}
