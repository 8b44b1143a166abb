namespace Nerve.Agent.Metrics;

/// <summary>The load averages of <c>/proc/loadavg</c>.</summary>
internal sealed class LoadMetrics(KernelFile files) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        var fields = new Fields(files.Read("/proc/loadavg"));
        sample.Add("load.1m", fields.Number());
        sample.Add("load.5m", fields.Number());
        sample.Add("load.15m", fields.Number());
    }
}
