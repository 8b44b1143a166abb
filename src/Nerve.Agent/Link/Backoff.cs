using System.Security.Cryptography;

namespace Nerve.Agent.Link;

/// <summary>How long to wait before the next attempt: anything from nothing to a limit that doubles with each failure ("full jitter"),
/// so that a fleet that lost its center does not come back all at once.</summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class Backoff(Func<double> random)
{
    public static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(250);
    public static readonly TimeSpan Cap = TimeSpan.FromSeconds(60);

    private int _failures;

    public TimeSpan Next()
    {
        var limit = Math.Min(Cap.TotalSeconds, Math.Pow(2, _failures));
        _failures = Math.Min(_failures + 1, 16);
        return TimeSpan.FromSeconds(Math.Max(Floor.TotalSeconds, random() * limit));
    }

    public void Reset() => _failures = 0;

    /// <summary>A good source for <c>random</c>.</summary>
    public static double Uniform() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
