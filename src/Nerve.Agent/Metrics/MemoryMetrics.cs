namespace Nerve.Agent.Metrics;

/// <summary>Memory and swap from <c>/proc/meminfo</c>. Used is what programs cannot have: total less available.</summary>
internal sealed class MemoryMetrics(KernelFile files) : IMetricSource
{
    public void Read(SampleBuilder sample)
    {
        var text = files.Read("/proc/meminfo");
        var total = Bytes(text, "MemTotal:"u8);
        var available = Bytes(text, "MemAvailable:"u8);
        var used = total - available;
        var swap = Bytes(text, "SwapTotal:"u8);
        var swapped = swap - Bytes(text, "SwapFree:"u8);
        sample.Add("memory.total_bytes", total);
        sample.Add("memory.available_bytes", available);
        sample.Add("memory.used_bytes", used);
        sample.Add("memory.used_percent", 100 * used / total);
        sample.Add("swap.total_bytes", swap);
        sample.Add("swap.used_bytes", swapped);
        sample.Add("swap.used_percent", swap > 0 ? 100 * swapped / swap : null);
    }

    private static double? Bytes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.StartsWith(key))
            {
                return new Fields(line[key.Length..]).Count() * 1024.0;
            }
        }

        return null;
    }
}
