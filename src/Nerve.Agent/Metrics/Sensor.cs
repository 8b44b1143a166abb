namespace Nerve.Agent.Metrics;

/// <summary>One thermometer, fan or power meter of a hwmon chip.</summary>
/// <param name="path">The file with its value.</param>
/// <param name="scale">What the file's unit is of the series': 0.001 for thousandths.</param>
/// <param name="lowest">Values outside are what a chip answers that has no sensor there.</param>
/// <param name="highest">As <paramref name="lowest"/>.</param>
internal sealed class Sensor(string name, string path, double scale, double lowest, double highest)
{
    public string Name { get; } = name;

    /// <summary>Its value now; null when there is none.</summary>
    public double? Read(KernelFile files) => files.Number(path) * scale is { } value && value >= lowest && value <= highest ? value : null;
}
