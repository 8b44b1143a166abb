namespace Nerve.Agent.Metrics;

/// <summary>Writes <c>filesystem.used_percent{mount="/"}</c>.</summary>
internal static class SeriesName
{
    public static string Of(string metric, string label, string value) => $"{metric}{{{label}=\"{Escape(value)}\"}}";

    public static string Of(string metric, string label, string value, string label2, string value2) =>
        $"{metric}{{{label}=\"{Escape(value)}\",{label2}=\"{Escape(value2)}\"}}";

    public static string Of(string metric, string label, string value, string label2, string value2, string label3, string value3) =>
        $"{metric}{{{label}=\"{Escape(value)}\",{label2}=\"{Escape(value2)}\",{label3}=\"{Escape(value3)}\"}}";

    // As in the Prometheus text format: a name is one line, and its end can be found.
    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
