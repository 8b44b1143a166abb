namespace Nerve.Agent.Metrics;

/// <summary>How much of the time some task had to wait for the processor, memory or a disk: <c>/proc/pressure</c>.</summary>
/// <remarks>From the running total rather than the kernel's ten-second average, so that a sample speaks of all the time since the last.</remarks>
internal sealed class PressureMetrics(KernelFile files) : IMetricSource
{
    private const double MicrosecondsPerPercent = 10_000;

    private Counter _cpu;
    private Counter _memory;
    private Counter _io;

    public void Read(SampleBuilder sample)
    {
        Add(sample, ref _cpu, "pressure.cpu_some_percent", "/proc/pressure/cpu");
        Add(sample, ref _memory, "pressure.memory_some_percent", "/proc/pressure/memory");
        Add(sample, ref _io, "pressure.io_some_percent", "/proc/pressure/io");
    }

    private void Add(SampleBuilder sample, ref Counter counter, string name, string path) =>
        sample.Add(name, Bounded(sample.Rate(ref counter, Waited(files.Read(path))) / MicrosecondsPerPercent));

    // "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781"
    private static ulong? Waited(ReadOnlySpan<byte> text)
    {
        var fields = new Fields(text.IndexOf((byte)'\n') is >= 0 and var end ? text[..end] : text);
        if (!fields.Next().SequenceEqual("some"u8))
        {
            return null;
        }

        fields.Skip(3);
        var total = fields.Next();
        return total.StartsWith("total="u8) ? new Fields(total["total="u8.Length..]).Count() : null;
    }

    // The kernel's clock and ours are read a moment apart.
    private static double? Bounded(double? percent) => percent is { } value ? Math.Min(value, 100) : null;
}
