namespace Nerve.Agent.Metrics;

/// <summary>How the processors spent the time since the sample before, all together, from the first line of <c>/proc/stat</c>.</summary>
internal sealed class CpuMetrics(KernelFile files) : IMetricSource
{
    private CpuTimes? _before;

    public void Read(SampleBuilder sample)
    {
        var now = CpuTimes.Parse(files.Read("/proc/stat", limit: 512));
        var spent = now is { } current && _before is { } earlier ? current.Since(earlier) : null;
        _before = now;
        sample.Add("cpu.used_percent", Percent(spent?.Busy, spent));
        sample.Add("cpu.user_percent", Percent(spent?.User, spent));
        sample.Add("cpu.system_percent", Percent(spent?.System, spent));
        sample.Add("cpu.iowait_percent", Percent(spent?.IoWait, spent));
        sample.Add("cpu.steal_percent", Percent(spent?.Steal, spent));
    }

    private static double? Percent(ulong? part, CpuTimes? spent) => spent is { Total: > 0 } all ? 100.0 * part / all.Total : null;
}
