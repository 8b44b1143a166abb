using System.Globalization;

namespace Nerve.Agent.Metrics;

/// <summary>Writes <c>filesystem.used_percent{mount="/"}</c>.</summary>
internal static class SeriesName
{
    public static string Of(string metric, string label, string value) => $"{metric}{{{label}=\"{Escape(value)}\"}}";

    public static string Of(string metric, string label, string value, string label2, string value2) =>
        $"{metric}{{{label}=\"{Escape(value)}\",{label2}=\"{Escape(value2)}\"}}";

    public static string Of(string metric, string label, string value, string label2, string value2, string label3, string value3) =>
        $"{metric}{{{label}=\"{Escape(value)}\",{label2}=\"{Escape(value2)}\",{label3}=\"{Escape(value3)}\"}}";

    // As in the Prometheus text format: a name is one line, and its end can be found. Other control characters as in JSON, for a center takes no
    // schema with one of them, and whoever may mount something may have one in its path.
    private static string Escape(string value)
    {
        value = value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        return value.Any(char.IsControl) ? string.Concat(value.Select(Visible)) : value;
    }

    private static string Visible(char letter) =>
        char.IsControl(letter) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}") : letter.ToString();
}
