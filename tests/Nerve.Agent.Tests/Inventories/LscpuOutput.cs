using System.Globalization;

namespace Nerve.Agent.Tests.Inventories;

/// <summary>What <c>lscpu</c> printed of a machine.</summary>
internal sealed class LscpuOutput
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public LscpuOutput(string text)
    {
        foreach (var line in text.Split('\n').TakeWhile(line => !line.StartsWith('#')))
        {
            var colon = line.IndexOf(':');
            if (colon > 0)
            {
                _values.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
            }
        }
    }

    /// <summary>Null when it is not printed, or printed as unknown.</summary>
    public string? this[string key] => _values.TryGetValue(key, out var value) && value is not ("" or "-") ? value : null;

    public IEnumerable<string> Keys => _values.Keys;

    public int? Number(string key) => this[key] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>"1.3 MiB (40 instances)": how much, to the printed digit, and how many.</summary>
    public static (double Size, double Tolerance, int? Instances) Cache(string text)
    {
        var words = text.Split(' ', '(', ')').Where(word => word.Length > 0).ToArray();
        var unit = words[1] switch { "B" => 1.0, "KiB" => 1 << 10, "MiB" => 1 << 20, "GiB" => 1 << 30, _ => throw new FormatException(text) };
        return (
            double.Parse(words[0], CultureInfo.InvariantCulture) * unit,
            words[0].Contains('.') ? 0.051 * unit : 0,
            words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : null);
    }
}
