using System.Globalization;
using Nerve.Agent.Tests.Linux;

namespace Nerve.Agent.Tests.Metrics;

/// <summary>What node_exporter printed of its own test machine.</summary>
internal static class NodeExporterOutput
{
    public const string Case = "node_exporter/fixtures";

    public static double Value(string series)
    {
        var line = Fixtures.Text(Case, "e2e-output.txt").Split('\n').Single(line => line.StartsWith(series + " "));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>The values of a label of every series of a metric.</summary>
    public static IEnumerable<string> Labels(string metric, string label) => Fixtures.Text(Case, "e2e-output.txt").Split('\n')
        .Where(line => line.StartsWith(metric + "{", StringComparison.Ordinal))
        .Select(line => line.Split($"{label}=\"")[1].Split('"')[0]);
}
