namespace Nerve.Agent.Metrics;

/// <summary>Adds a group of series to a sample. What cannot be read is added as null, or, where it comes and goes like a
/// device, not at all. Never throws for what a file says or does not say.</summary>
internal interface IMetricSource
{
    void Read(SampleBuilder sample);
}
