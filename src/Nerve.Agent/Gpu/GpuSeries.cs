using Nerve.Agent.Metrics;

namespace Nerve.Agent.Gpu;

/// <summary>The series of one GPU. One that this GPU never had a value for is left out; one that it had stays, with no value.</summary>
internal sealed class GpuSeries(string index)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public void Add(SampleBuilder sample, string metric, double? value, string? label = null, string? labelValue = null, bool exists = false)
    {
        var key = metric + labelValue;
        if (!_names.TryGetValue(key, out var name))
        {
            if (value is null && !exists)
            {
                return;
            }

            name = label is null ? SeriesName.Of(metric, "gpu", index) : SeriesName.Of(metric, "gpu", index, label, labelValue!);
            _names[key] = name;
        }

        sample.Add(name, value);
    }

    public void AddMemory(SampleBuilder sample, (long Total, long Used)? memory)
    {
        Add(sample, "gpu.memory_used_bytes", memory?.Used);
        Add(sample, "gpu.memory_total_bytes", memory?.Total);
        Add(sample, "gpu.memory_used_percent", memory is { Total: > 0 } known ? 100.0 * known.Used / known.Total : null);
    }
}
