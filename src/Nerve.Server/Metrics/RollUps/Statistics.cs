namespace Nerve.Server.Metrics.RollUps;

/// <summary>What is known of the values of one series in one stretch of time; <c>default</c> is a stretch without any.</summary>
/// <param name="Count">How many values there were; a sample without a value does not count.</param>
/// <param name="Mean">Each value weighs the same, however the stretch was put together.</param>
public readonly record struct Statistics(long Count, double Min, double Max, double Mean)
{
    public static Statistics Of(double value) => new(1, value, value, value);

    /// <summary>Of both stretches together.</summary>
    public Statistics With(Statistics other)
    {
        if (Count == 0 || other.Count == 0)
        {
            return Count == 0 ? other : this;
        }

        var count = Count + other.Count;
        return new(count, Math.Min(Min, other.Min), Math.Max(Max, other.Max), Mean + ((other.Mean - Mean) * other.Count / count));
    }
}
