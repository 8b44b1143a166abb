using Nerve.Protocol.Metrics;

namespace Nerve.Swarm.Agents;

/// <summary>Values that move like those of a machine: slow walks between 0 and 100, a GPU's in whole percent, as its driver says them. The first series counts
/// the agent's samples, so that what the center holds can be compared with what it acknowledged.</summary>
internal sealed class PlausibleMetrics(int count, Random random)
{
    /// <summary>The series that counts.</summary>
    public const string SequenceSeries = "swarm.sequence";

    private static readonly string[] s_leading =
        [SequenceSeries, "cpu.used_percent", "memory.used_percent", "load.1m", "cpu.iowait_percent", "swap.used_percent"];

    private readonly double?[] _values = [.. Enumerable.Range(0, count).Select(_ => (double?)(random.NextDouble() * 100))];
    private long _sequence;
    private DateTimeOffset _last;

    public static MetricSchema Schema(int count) => MetricSchema.Of([.. Enumerable.Range(0, count).Select(index =>
        index < s_leading.Length ? s_leading[index] : $"gpu.used_percent{{gpu=\"{index - s_leading.Length}\"}}")]);

    /// <summary>The sample of this moment, or of the next millisecond: a store keeps one of an agent and moment. Its values are those of the next one, once that is made.</summary>
    public MetricSample Next(string schema, DateTimeOffset now)
    {
        _last = now > _last ? now : _last.AddMilliseconds(1);
        _values[0] = ++_sequence;
        for (var i = 1; i < count; i++)
        {
            _values[i] = Math.Round(Math.Clamp(_values[i]!.Value + random.NextDouble() * 4 - 2, 0, 100), i < s_leading.Length ? 2 : 0);
        }

        return new MetricSample(_last, schema, _values);
    }
}
