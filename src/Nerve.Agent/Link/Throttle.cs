namespace Nerve.Agent.Link;

/// <summary>Lets the same complaint through once in a while.</summary>
internal sealed class Throttle(TimeSpan period, TimeProvider time)
{
    private const int MaxRemembered = 100;

    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    public bool Allows(string complaint)
    {
        if (_last.TryGetValue(complaint, out var at) && time.GetElapsedTime(at) < period)
        {
            return false;
        }

        if (_last.Count >= MaxRemembered)
        {
            _last.Clear();
        }

        _last[complaint] = time.GetTimestamp();
        return true;
    }
}
