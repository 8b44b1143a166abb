using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Nerve.Bench;

/// <summary>What a run found, with the machine it was found on: numbers of different machines or runs are not to be compared.</summary>
internal sealed record BenchReport(Machine Machine, DateTimeOffset At, IReadOnlyList<Measurement> Measurements, IReadOnlyList<string> Skipped)
{
    public void Print(IAnsiConsole console)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, 160); // a file has no width of its own
        console.MarkupLineInterpolated($"{Machine}");
        var table = new Table().Border(TableBorder.Markdown).AddColumns("what", "median", "spread", "goal", "baseline", "ratio");
        foreach (var it in Measurements)
        {
            table.AddRow(
                Markup.Escape(it.Name),
                $"{Number(it.Median)} {it.Unit}",
                it.Rounds.Count > 1 ? $"{Number(it.Rounds.Min())}–{Number(it.Rounds.Max())}" : "",
                it.Goal is { } goal ? $"{(it.MoreIsBetter ? '≥' : '≤')} {Number(goal)} {(it.Met is true ? "✓" : "✗")}" : "",
                it.BaselineMedian is { } baseline ? Markup.Escape($"{it.Baseline}: {Number(baseline)}") : "",
                it.BaselineMedian is { } other and not 0 ? Number(it.Median / other) : "");
        }

        console.Write(table);
        foreach (var line in Skipped)
        {
            console.MarkupLineInterpolated($"Skipped {line}");
        }
    }

    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, JsonSerializer.Serialize(this, ReportJson.Default.BenchReport) + "\n");
    }

    /// <summary>Three digits that say something.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(PageNumbers[]))]
internal sealed partial class ReportJson : JsonSerializerContext;
