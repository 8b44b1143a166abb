namespace Nerve.Agent.Metrics;

/// <summary>Memory and swap from <c>/proc/meminfo</c> and <c>/proc/vmstat</c>. Used is what programs cannot have: total less available.</summary>
internal sealed class MemoryMetrics(KernelFile files) : IMetricSource
{
    private const double Kilobyte = 1024;

    // Whatever size pages have, the kernel counts swapping in pages of the machine.
    private static readonly double s_pageSize = Environment.SystemPageSize;

    private Counter _majorFaults;
    private Counter _swappedIn;
    private Counter _swappedOut;

    public void Read(SampleBuilder sample)
    {
        ReadMemory(sample);
        ReadEvents(sample);
    }

    private void ReadMemory(SampleBuilder sample)
    {
        var text = files.Read("/proc/meminfo");
        var total = Line.Count(text, "MemTotal"u8) * Kilobyte;
        var available = Line.Count(text, "MemAvailable"u8) * Kilobyte;
        var used = total - available;
        var swap = Line.Count(text, "SwapTotal"u8) * Kilobyte;
        var swapped = swap - (Line.Count(text, "SwapFree"u8) * Kilobyte);
        var pages = Line.Count(text, "HugePages_Total"u8);
        sample.Add("memory.total_bytes", total);
        sample.Add("memory.available_bytes", available);
        sample.Add("memory.used_bytes", used);
        sample.Add("memory.used_percent", 100 * used / total);
        sample.Add("memory.cached_bytes", Line.Count(text, "Cached"u8) * Kilobyte);
        sample.Add("memory.dirty_bytes", Line.Count(text, "Dirty"u8) * Kilobyte);
        sample.Add("memory.slab_bytes", Line.Count(text, "Slab"u8) * Kilobyte);
        sample.Add("memory.hugepages_used_percent", pages > 0 ? 100.0 * (pages - (double?)Line.Count(text, "HugePages_Free"u8)) / pages : null);
        sample.Add("swap.total_bytes", swap);
        sample.Add("swap.used_bytes", swapped);
        sample.Add("swap.used_percent", swap > 0 ? 100 * swapped / swap : null);
    }

    private void ReadEvents(SampleBuilder sample)
    {
        var text = files.Read("/proc/vmstat");
        sample.Add("memory.major_faults_per_second", sample.Rate(ref _majorFaults, Line.Count(text, "pgmajfault"u8)));
        sample.Add("memory.oom_kills_total", Line.Count(text, "oom_kill"u8));
        sample.Add("swap.in_bytes_per_second", sample.Rate(ref _swappedIn, Line.Count(text, "pswpin"u8)) * s_pageSize);
        sample.Add("swap.out_bytes_per_second", sample.Rate(ref _swappedOut, Line.Count(text, "pswpout"u8)) * s_pageSize);
    }
}
