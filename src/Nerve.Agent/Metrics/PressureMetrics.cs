namespace Nerve.Agent.Metrics;

/// <summary>How much of the time some task, or every task, had to wait for the processor, memory or a disk: <c>/proc/pressure</c>.</summary>
/// <remarks>From the running total rather than the kernel's ten-second average, so that a sample speaks of all the time since the last.</remarks>
internal sealed class PressureMetrics(KernelFile files) : IMetricSource
{
    private const double MicrosecondsPerPercent = 10_000;

    private readonly Resource[] _resources = [new("cpu"), new("memory"), new("io")];

    public void Read(SampleBuilder sample)
    {
        foreach (var resource in _resources)
        {
            var text = files.Read(resource.Path);
            var some = Waited(text, "some "u8);
            var full = Waited(text, "full "u8);
            sample.Add(resource.SomeName, Percent(sample.Rate(ref resource.Some, some)));
            sample.Add(resource.FullName, Percent(sample.Rate(ref resource.Full, full)));
        }
    }

    // "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781"; the processor has no "full" line before Linux 5.13.
    private static ulong? Waited(ReadOnlySpan<byte> text, ReadOnlySpan<byte> kind)
    {
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.StartsWith(kind) && line.IndexOf("total="u8) is > 0 and var start)
            {
                return new Fields(line[(start + "total=".Length)..]).Count();
            }
        }

        return null;
    }

    // The kernel's clock and ours are read a moment apart.
    private static double? Percent(double? microseconds) => microseconds is { } value ? Math.Min(value / MicrosecondsPerPercent, 100) : null;

    private sealed class Resource(string name)
    {
        public Counter Some;
        public Counter Full;

        public string Path { get; } = $"/proc/pressure/{name}";

        public string SomeName { get; } = $"pressure.{name}_some_percent";

        public string FullName { get; } = $"pressure.{name}_full_percent";
    }
}
