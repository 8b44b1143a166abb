using Nerve.Protocol.Metrics;

namespace Nerve.Agent.Metrics;

/// <summary>The metrics of one moment.</summary>
/// <param name="Schema">The names; the same object as before as long as the names stay the same.</param>
/// <param name="Values">One per name; null where there is no value at this moment.</param>
internal sealed record Sample(DateTimeOffset At, MetricSchema Schema, IReadOnlyList<double?> Values)
{
    public MetricSample ToMessage() => new(At, Schema.Id, Values);

    /// <summary>The value of a series; null when it is not in the sample or has no value.</summary>
    public double? this[string series]
    {
        get
        {
            for (var i = 0; i < Values.Count; i++)
            {
                if (Schema.Series[i] == series)
                {
                    return Values[i];
                }
            }

            return null;
        }
    }
}
