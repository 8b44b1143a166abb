using System.Globalization;

namespace Nerve.Configuration;

/// <summary>The texts that settings are written in.</summary>
public static class Parsing
{
    private static readonly (string Suffix, double Milliseconds)[] s_units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary><c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>30d</c>, <c>250ms</c>; not negative.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var letters = rest.IndexOfAny("0123456789.");
            var suffix = letters < 0 ? rest : rest[..letters];
            var milliseconds = number * UnitOf(suffix);
            if (!(milliseconds <= TimeSpan.FromDays(36_500).TotalMilliseconds))
            {
                return false;
            }

            duration += TimeSpan.FromMilliseconds(milliseconds);
            rest = rest[suffix.Length..];
        }

        return true;
    }

    public static bool TrySwitch(string text, out bool on)
    {
        on = text.ToLowerInvariant() is "true" or "1" or "yes" or "on";
        return on || text.ToLowerInvariant() is "false" or "0" or "no" or "off";
    }

    public static IReadOnlyList<string> List(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary><c>rack=a1,zone=east</c>. A value may be empty; a name may not, and may not come twice.</summary>
    public static bool TryLabels(string text, out IReadOnlyDictionary<string, string> labels, out string? reason)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        labels = found;
        reason = null;
        foreach (var pair in List(text))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                reason = $"has '{pair}', which is not name=value; write for example rack=a1,zone=east";
                return false;
            }

            if (!found.TryAdd(pair[..equals].TrimEnd(), pair[(equals + 1)..].TrimStart()))
            {
                reason = $"has the name '{pair[..equals].TrimEnd()}' twice";
                return false;
            }
        }

        return true;
    }

    private static double UnitOf(ReadOnlySpan<char> suffix)
    {
        foreach (var (name, milliseconds) in s_units)
        {
            if (suffix.SequenceEqual(name))
            {
                return milliseconds;
            }
        }

        return double.NaN;
    }
}
