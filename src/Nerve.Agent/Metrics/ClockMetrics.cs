using Nerve.Agent.Linux;

namespace Nerve.Agent.Metrics;

/// <summary>How right the clock is; only the running kernel can say.</summary>
internal sealed class ClockMetrics(HostRoot root) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        var clock = root.IsLive ? KernelClock.Read() : null;
        sample.Add("time.synchronized", clock is null ? null : clock.Synchronized ? 1 : 0);
        sample.Add("time.offset_milliseconds", clock?.OffsetMilliseconds);
        sample.Add("time.max_error_milliseconds", clock?.MaximumErrorMilliseconds);
    }
}
