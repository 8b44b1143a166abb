namespace Nerve.Agent.Metrics;

/// <summary>How the processors spent the time since the sample before, all together, and what the scheduler counted, from <c>/proc/stat</c>.</summary>
internal sealed class CpuMetrics(KernelFile files) : IMetricSource
{
    private CpuTimes? _before;
    private Counter _switches;
    private Counter _forks;

    public void Read(SampleBuilder sample)
    {
        var text = files.Read("/proc/stat");
        var now = CpuTimes.Parse(text);
        var spent = now is { } current && _before is { } earlier ? current.Since(earlier) : null;
        _before = now;
        sample.Add("cpu.used_percent", Percent(spent?.Busy, spent));
        sample.Add("cpu.user_percent", Percent(spent?.User, spent));
        sample.Add("cpu.system_percent", Percent(spent?.System, spent));
        sample.Add("cpu.iowait_percent", Percent(spent?.IoWait, spent));
        sample.Add("cpu.steal_percent", Percent(spent?.Steal, spent));
        sample.Add("cpu.context_switches_per_second", sample.Rate(ref _switches, Line.Count(text, "ctxt"u8)));
        sample.Add("processes.forks_per_second", sample.Rate(ref _forks, Line.Count(text, "processes"u8)));
        // Waiting for a disk, a server or a driver: "D" in ps.
        sample.Add("processes.blocked", Line.Count(text, "procs_blocked"u8));
    }

    private static double? Percent(ulong? part, CpuTimes? spent) => spent is { Total: > 0 } all ? 100.0 * part / all.Total : null;
}
