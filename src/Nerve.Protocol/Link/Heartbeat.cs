using System.Text.Json.Serialization;
using Nerve.Protocol.Metrics;

namespace Nerve.Protocol.Link;

/// <summary>A sign of life with the samples taken since the last acknowledged one.</summary>
/// <param name="Sequence">Counts up by one per heartbeat of an agent process; for diagnosis only.</param>
/// <param name="Schema">The series that <paramref name="Samples"/> refer to; sent once per connection and again when it changed
/// or when the center asks for it.</param>
/// <param name="Samples">Oldest first, at most 360.</param>
/// <param name="Metrics">For simple callers of the REST route: one sample taken now, by series name.</param>
public sealed record Heartbeat(
    long Sequence = 0,
    MetricSchema? Schema = null,
    IReadOnlyList<MetricSample>? Samples = null,
    IReadOnlyDictionary<string, double>? Metrics = null)
{
    /// <summary>More samples in one heartbeat are refused.</summary>
    public const int MaxSamples = 360;

    /// <summary>Of two clocks that are farther apart one is wrong: samples that are farther ahead of the center's are not taken.</summary>
    public static TimeSpan FarthestAhead { get; } = TimeSpan.FromMinutes(10);
}

/// <summary>The answer to a heartbeat; when it arrives the samples are stored, or those of them that were taken.</summary>
/// <param name="SchemaWanted">The center does not know the schema of these samples; they were not stored. Repeat with the schema.</param>
/// <param name="Settings">What the center wants of this agent now.</param>
/// <param name="SamplesTaken">So many, from the first on; the next is more than ten minutes ahead of the center's clock, and is to be sent again. Null: all of them.</param>
public sealed record HeartbeatReply(
    bool SchemaWanted, [property: JsonConverter(typeof(AgentSettingsConverter))] AgentSettings Settings, int? SamplesTaken = null);
